/* Secure Boot Advanced Targeting: by this table shim refuses a generation of the bootloader that was found
 * insecure (https://github.com/rhboot/shim/blob/main/SBAT.md). */

#define SBAT_COMPONENT_GENERATION "1"

static const char sbat[] __attribute__((section(".sbat"), used)) =
    "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
    "lintel," SBAT_COMPONENT_GENERATION ",Lintel,lintel," LINTEL_VERSION ",README.md\n";
