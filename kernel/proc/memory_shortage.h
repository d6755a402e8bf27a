/* What happens when memory is used up: a page that a program touches is worth another program's life, if that
 * has more. */
#ifndef LINTEL_PROC_MEMORY_SHORTAGE_H
#define LINTEL_PROC_MEMORY_SHORTAGE_H

/* From now on page faults for which there is no memory end the largest program, and are tried again. Context:
 * early boot, once, after page_fault_setup(). */
void memory_shortage_setup(void);

/* How likely a process is to be chosen, as /proc/PID/oom_score has it: 0 to 2000, never if 0. Takes:
 * process_tree.
 */
struct process;
unsigned memory_shortage_score(const struct process *process);

#endif
