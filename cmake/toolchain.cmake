# One clang for every part: each folder names its own target with CMAKE_C_COMPILER_TARGET.
# Generic: there is no operating system below what is built here.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# Another version of the tools: -DLINTEL_LLVM_SUFFIX=-16
set(LINTEL_LLVM_SUFFIX "" CACHE STRING "suffix of the LLVM tools' names")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LINTEL_LLVM_SUFFIX)

set(CMAKE_C_COMPILER clang${LINTEL_LLVM_SUFFIX})
set(CMAKE_ASM_COMPILER clang${LINTEL_LLVM_SUFFIX})
set(CMAKE_C_COMPILER_TARGET x86_64-unknown-none-elf)
set(CMAKE_ASM_COMPILER_TARGET x86_64-unknown-none-elf)

# clang would link through the host's gcc, which cannot link for these targets.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
