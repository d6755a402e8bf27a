#include "test/provoke.h"

#include "arch/x86_64/provoke_exception.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/panic.h"

void provoke_as_asked(const char *option)
{
    char name[24];

    if (!command_line_value(option, name, sizeof(name)))
        return;
    log_info("provoke: %s", name);
    if (!provoke_exception(name))
        log_error("provoke: \"%s\" is not a name that is known; see docs/command-line.md", name);
    else
        panic("provoke: %s was asked for and did not end the kernel", name);
}
