/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MH_IP_IP_H
#define MH_IP_IP_H

/*
 * iproute2's `ip`: argv[0] is the program's name (ipNAME selects the object NAME), the rest its
 * options and one command. Writes to standard output and standard error. Returns the exit status:
 * 0 done, 1 a word that makes no sense or a batch that failed, 2 refused by the kernel, 255 usage.
 */
int ip_main(int argc, char **argv);

#endif
