# Functions and flags shared by bootloader, kernel and userland.

set(LINTEL_WARNINGS
  -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes
  -Wimplicit-fallthrough -Wpointer-arith -Wwrite-strings)

# What every freestanding C file of ours is compiled with.
set(LINTEL_FREESTANDING
  -ffreestanding
  -fno-stack-protector          # no run-time support for it yet
  -mno-red-zone                 # interrupts (and firmware) use the stack below RSP
  -mgeneral-regs-only           # vector registers belong to ring 3
  -fno-omit-frame-pointer       # backtraces
  -fno-strict-aliasing
  -ffunction-sections -fdata-sections
  -gdwarf-4)

# lintel_link_image(TARGET base kind [linker options]): TARGET is linked at `base` by the one linker script
# and written as build/TARGET.elf and build/TARGET.map, and flattened to build/TARGET.bin.
function(lintel_link_image target base kind)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${target}
    SUFFIX .elf
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/common/image.lds)
  target_link_options(${target} PRIVATE
    -T ${PROJECT_SOURCE_DIR}/common/image.lds
    --defsym=IMAGE_BASE=${base} --defsym=IMAGE_KIND=${kind}
    -Map=${PROJECT_BINARY_DIR}/${target}.map
    --gc-sections --orphan-handling=error "SHELL:-z norelro" "SHELL:-z max-page-size=4096" --build-id=none
    ${ARGN})
endfunction()

# lintel_flatten(TARGET): build/TARGET.bin from build/TARGET.elf.
function(lintel_flatten target)
  add_custom_command(
    OUTPUT ${PROJECT_BINARY_DIR}/${target}.bin
    COMMAND ${LINTEL_OBJCOPY} -O binary ${PROJECT_BINARY_DIR}/${target}.elf ${PROJECT_BINARY_DIR}/${target}.bin
    DEPENDS ${target}
    COMMENT "Flattening ${target}.bin" VERBATIM)
  add_custom_target(${target}-bin ALL DEPENDS ${PROJECT_BINARY_DIR}/${target}.bin)
endfunction()
