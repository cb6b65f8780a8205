#ifndef SEGDRIFT_POWER_CUT_H
#define SEGDRIFT_POWER_CUT_H

#include <stddef.h>
#include <sys/types.h>

// LOSE_UNSYNCED=seed  at the crash, changes that no fsync made durable are taken back: all of them (seed 0), or for each
//                     file and directory those after a point chosen by the seed
// FSYNC_LIES=1        an fsync makes nothing durable: what a program that forgets to sync would do
void power_cut_setup(void);
void power_cut_before_data(int fd, off_t offset, size_t bytes, int is_truncation);
void power_cut_created(int directory, const char *path, int is_directory);
void power_cut_renamed(int from_directory, const char *from, int to_directory, const char *to);
void power_cut_before_removal(int directory, const char *path);
void power_cut_synced(int fd);
void power_cut_happens(void);

#endif
