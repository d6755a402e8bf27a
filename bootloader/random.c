#include "random.h"

#include "boot_info.h"
#include "cpu.h"
#include "firmware.h"
#include "lib/string.h"
#include "x86_64/paging.h"

#define RANDOM_BYTES 32
#define RANDOM_CPU_RETRIES \
    100 /* RDRAND needs 10 at most (Intel SDM volume 1, section 7.3.17.1); RDSEED more */
#define RANDOM_JITTER_SAMPLES 512

/* Intel SDM volume 2, CPUID, tables 3-10 and 3-8 */
#define CPUID_1_ECX_RDRAND (1u << 30)
#define CPUID_7_EBX_RDSEED (1u << 18)

static void random_add_firmware(struct random_pool *pool)
{
    EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
    void *interface = NULL;
    uint8_t bytes[RANDOM_BYTES];

    if (EFI_ERROR(efi_boot->LocateProtocol(&guid, NULL, &interface)) || interface == NULL)
        return;
    EFI_RNG_PROTOCOL *generator = interface;
    if (EFI_ERROR(generator->GetRNG(generator, NULL, sizeof(bytes), bytes)))
        return;
    blake2s_update(&pool->hash, bytes, sizeof(bytes));
    pool->sources |= BOOT_RANDOM_EFI_RNG;
}

static bool random_ask_cpu(bool (*instruction)(uint64_t *), uint64_t *ret_value)
{
    for (int i = 0; i < RANDOM_CPU_RETRIES; i++) {
        /* Broken firmware leaves AMD CPUs answering with all ones for ever. */
        if (instruction(ret_value) && *ret_value != 0 && *ret_value != UINT64_MAX)
            return true;
        cpu_pause();
    }
    return false;
}

static void random_add_cpu(struct random_pool *pool)
{
    bool has_rdseed = cpu_cpuid(7, 0).ebx & CPUID_7_EBX_RDSEED;
    bool has_rdrand = cpu_cpuid(1, 0).ecx & CPUID_1_ECX_RDRAND;
    uint64_t value;

    for (int i = 0; i < RANDOM_BYTES / 8; i++) {
        if ((has_rdseed && random_ask_cpu(cpu_rdseed, &value)) ||
            (has_rdrand && random_ask_cpu(cpu_rdrand, &value))) {
            blake2s_update(&pool->hash, &value, sizeof(value));
            pool->sources |= BOOT_RANDOM_CPU;
        }
    }
}

/* How long the same work takes differs by caches, buses and other clocks. */
static void random_add_jitter(struct random_pool *pool)
{
    for (int i = 0; i < RANDOM_JITTER_SAMPLES; i++) {
        uint64_t time = cpu_read_tsc();
        blake2s_update(&pool->hash, &time, sizeof(time));
    }
    pool->sources |= BOOT_RANDOM_JITTER;
}

void random_gather(struct random_pool *ret_pool)
{
    blake2s_init(&ret_pool->hash);
    ret_pool->sources = 0;
    random_add_firmware(ret_pool);
    random_add_cpu(ret_pool);
    random_add_jitter(ret_pool);
}

void random_derive(const struct random_pool *pool, const char *purpose, uint8_t ret_bytes[BLAKE2S_HASH_SIZE])
{
    struct blake2s hash = pool->hash;

    blake2s_update(&hash, purpose, strlen(purpose));
    blake2s_finish(&hash, ret_bytes);
}

uint64_t random_kernel_slide(const struct random_pool *pool)
{
    uint8_t bytes[BLAKE2S_HASH_SIZE];
    uint64_t value;

    random_derive(pool, "kernel slide", bytes);
    memcpy(&value, bytes, sizeof(value));
    return value % (KERNEL_SLIDE_LIMIT / PAGE_SIZE) * PAGE_SIZE;
}
