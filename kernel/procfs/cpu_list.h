/* Sets of CPUs as text, as Linux writes them: "0-2,5", or a mask in groups of 32 bits, "1,0000000f". */
#ifndef LINTEL_PROCFS_CPU_LIST_H
#define LINTEL_PROCFS_CPU_LIST_H

#include "fs/text.h"
#include "lib/cpu_set.h"

/* Those that run. */
struct cpu_set cpu_list_online(void);

void cpu_list_show(struct text *text, const struct cpu_set *cpus);
void cpu_list_show_mask(struct text *text, const struct cpu_set *cpus);

#endif
