/* Runs a program and writes down what it and its children do to the files below a folder: disk_trace LOG FOLDER PROGRAM ARGUMENT...

   Made for Linux with ptrace and seccomp: a library put before libc's own would miss what tantivy does by system calls of its own, as
   it renames, and what libc does within itself. Each record is a line of tab-separated fields that ends with the number of bytes of
   data that follow it. What is written by whatever call is read back from the file when the call has ended, so the data is what the
   kernel took. Exits as the program does, and with 99 where the system does not let it trace. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_TRACE = 99, PATHS = 8192, MANY = 4096 };

static const long WATCHED[] = {
    SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2, SYS_sendfile, SYS_copy_file_range, SYS_splice, SYS_ftruncate, SYS_truncate,
    SYS_fallocate, SYS_openat, SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_fsync, SYS_fdatasync,
    SYS_mmap,
#ifdef SYS_open /* not on newer machines than x86 */
    SYS_open, SYS_creat, SYS_rename, SYS_unlink, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink,
#endif
};
enum { WATCHED_COUNT = sizeof WATCHED / sizeof *WATCHED };

static long ptrace(long request, pid_t thread, long address, void *data) { return syscall(SYS_ptrace, request, thread, address, data); }

/* A thread that is in the middle of a call: what it asked for, and what has to be looked at before the call changes it. */
struct call {
    pid_t thread;
    long number;
    unsigned long arguments[6];
    char path[PATHS], other[PATHS];
    int existed;
};
static struct call calls[MANY];
static FILE *out;
static const char *root;

static int below(const char *path) {
    size_t length = strlen(root);
    return !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

static struct call *call_of(pid_t thread) {
    for (int i = 0; i < MANY; i++)
        if (calls[i].thread == thread) return &calls[i];
    for (int i = 0; i < MANY; i++)
        if (!calls[i].thread) {
            calls[i].thread = thread;
            return &calls[i];
        }
    abort();
}

static void read_link(char *path, const char *format, pid_t thread, int handle) {
    char link[64];
    snprintf(link, sizeof link, format, thread, handle);
    ssize_t length = readlink(link, path, PATHS - 1);
    path[length < 0 ? 0 : length] = 0;
}

static void path_of(char *path, pid_t thread, int handle) { read_link(path, "/proc/%d/fd/%d", thread, handle); }

/* The absolute path of a name in the thread's memory; relative to a folder that it has open. */
static void named(char *path, pid_t thread, int folder, unsigned long address) {
    char name[PATHS / 2];
    size_t length = 0;
    path[0] = 0;
    while (length < sizeof name) { /* page by page: the next one may not be there */
        size_t step = 4096 - (address + length) % 4096;
        if (step > sizeof name - length) step = sizeof name - length;
        struct iovec here = {name + length, step}, there = {(void *)(address + length), step};
        ssize_t got = process_vm_readv(thread, &here, 1, &there, 1, 0);
        if (got <= 0) return;
        if (memchr(name + length, 0, got)) break;
        length += got;
    }
    name[sizeof name - 1] = 0;
    if (name[0] != '/') {
        if (folder == AT_FDCWD) read_link(path, "/proc/%d/cwd", thread, 0);
        else path_of(path, thread, folder);
        strcat(path, "/");
    }
    strncat(path, name, PATHS - 1 - strlen(path));
}

static int is_there(const char *path) {
    struct stat info;
    return !lstat(path, &info);
}

static void record(const char *what, const char *path, const char *other, long offset, const char *data, size_t length) {
    fprintf(out, "%s\t%s\t%s\t%ld\t%zu\n", what, path, other, offset, length);
    if (length) fwrite(data, 1, length, out);
}

static long position(pid_t thread, int handle) {
    char name[64];
    long at = -1;
    snprintf(name, sizeof name, "/proc/%d/fdinfo/%d", thread, handle);
    FILE *info = fopen(name, "r");
    if (info && fscanf(info, "pos: %ld", &at) != 1) at = -1;
    if (info) fclose(info);
    return at;
}

static void wrote(pid_t thread, int handle, long offset, long length) {
    char path[PATHS], link[64];
    path_of(path, thread, handle);
    if (length <= 0 || !below(path)) return;
    if (offset < 0) offset = position(thread, handle) - length;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, handle);
    int file = open(link, O_RDONLY);
    char *data = malloc(length);
    ssize_t got = 0, step;
    while (file >= 0 && got < length && (step = pread(file, data + got, length - got, offset + got)) > 0) got += step;
    if (file >= 0) close(file);
    record(got == length ? "write" : "unseen", path, "", offset, data, got == length ? got : 0);
    free(data);
}

static void begins(struct call *c) {
    unsigned long *a = c->arguments;
    c->path[0] = c->other[0] = 0;
    switch (c->number) {
    case SYS_openat: named(c->path, c->thread, a[0], a[1]); break;
    case SYS_renameat: case SYS_renameat2: case SYS_linkat:
        named(c->path, c->thread, a[0], a[1]), named(c->other, c->thread, a[2], a[3]); break;
    case SYS_unlinkat: case SYS_mkdirat: named(c->path, c->thread, a[0], a[1]); break;
    case SYS_symlinkat: named(c->path, c->thread, a[1], a[2]); break;
    case SYS_truncate: named(c->path, c->thread, AT_FDCWD, a[0]); break;
#ifdef SYS_open
    case SYS_open: case SYS_creat: case SYS_unlink: case SYS_mkdir: case SYS_rmdir: named(c->path, c->thread, AT_FDCWD, a[0]); break;
    case SYS_rename: case SYS_link:
        named(c->path, c->thread, AT_FDCWD, a[0]), named(c->other, c->thread, AT_FDCWD, a[1]); break;
    case SYS_symlink: named(c->path, c->thread, AT_FDCWD, a[1]); break;
#endif
    }
    c->existed = c->path[0] && is_there(c->path);
}

static void opened(struct call *c, int flags, int handle) {
    char path[PATHS];
    path_of(path, c->thread, handle);
    if (!below(path)) return;
    if (!c->existed) record("create", path, "", 0, "", 0);
    else if (flags & O_TRUNC) record("truncate", path, "", 0, "", 0);
}

static void ended(struct call *c, long result) {
    unsigned long *a = c->arguments;
    char path[PATHS];
    if (result < 0) return;
    switch (c->number) {
    case SYS_write: case SYS_writev: wrote(c->thread, a[0], -1, result); return;
    case SYS_pwrite64: case SYS_pwritev: case SYS_pwritev2: wrote(c->thread, a[0], a[3], result); return;
    case SYS_sendfile: wrote(c->thread, a[0], -1, result); return;
    case SYS_copy_file_range: case SYS_splice:
        path_of(path, c->thread, a[2]);
        if (!a[3]) wrote(c->thread, a[2], -1, result);
        else if (below(path)) record("unseen", path, "", 0, "", 0); /* to an offset of its own */
        return;
    case SYS_fsync: case SYS_fdatasync: case SYS_ftruncate: case SYS_fallocate:
        path_of(path, c->thread, a[0]);
        if (!below(path)) return;
        if (c->number == SYS_ftruncate) record("truncate", path, "", a[1], "", 0);
        else if (c->number == SYS_fallocate) record(a[1] ? "unseen" : "extend", path, "", a[2] + a[3], "", 0);
        else record("sync", path, "", 0, "", 0);
        return;
    case SYS_mmap:
        if ((int)a[4] < 0 || !(a[2] & PROT_WRITE) || !(a[3] & MAP_SHARED)) return;
        path_of(path, c->thread, a[4]);
        if (below(path)) record("map", path, "", 0, "", 0);
        return;
    case SYS_openat: opened(c, a[2], result); return;
#ifdef SYS_open
    case SYS_open: opened(c, a[1], result); return;
    case SYS_creat: opened(c, O_TRUNC, result); return;
    case SYS_rename: case SYS_link:
#endif
    case SYS_renameat: case SYS_renameat2: case SYS_linkat:
        if (!below(c->path) && !below(c->other)) return;
        if (c->number == SYS_renameat2 && a[4] & ~1) record("unseen", c->path, c->other, 0, "", 0); /* 1: not over another */
        else record(c->number == SYS_renameat || c->number == SYS_renameat2
#ifdef SYS_open
            || c->number == SYS_rename
#endif
            ? "rename" : "link", c->path, c->other, 0, "", 0);
        return;
    }
    if (!below(c->path)) return;
    switch (c->number) {
    case SYS_truncate: record("truncate", c->path, "", a[1], "", 0); return;
    case SYS_mkdirat: record("folder", c->path, "", 0, "", 0); return;
    case SYS_unlinkat: record("remove", c->path, "", 0, "", 0); return;
    case SYS_symlinkat: record("unseen", c->path, "", 0, "", 0); return;
#ifdef SYS_open
    case SYS_mkdir: record("folder", c->path, "", 0, "", 0); return;
    case SYS_unlink: case SYS_rmdir: record("remove", c->path, "", 0, "", 0); return;
    case SYS_symlink: record("unseen", c->path, "", 0, "", 0); return;
#endif
    }
}

/* In the child: stop at these calls and at no others, which keeps the rest as fast as it is. */
static void watch(void) {
    struct sock_filter filter[WATCHED_COUNT + 3];
    int n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < WATCHED_COUNT; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, WATCHED[i], WATCHED_COUNT - i, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog program = {n, filter};
    if (ptrace(PTRACE_TRACEME, 0, 0, 0)) _exit(NO_TRACE);
    raise(SIGSTOP);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) _exit(NO_TRACE);
}

int main(int count, char **arguments) {
    if (count < 4 || !(out = fopen(arguments[1], "wb"))) return NO_TRACE;
    root = arguments[2];
    pid_t first = fork();
    if (!first) {
        watch();
        execvp(arguments[3], arguments + 3);
        _exit(127);
    }
    int status, exit_code = NO_TRACE;
    long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (waitpid(first, &status, 0) < 0 || !WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, first, 0, (void *)options)) return NO_TRACE;
    ptrace(PTRACE_CONT, first, 0, 0);
    for (pid_t thread; (thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (thread < 0) continue;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            call_of(thread)->thread = 0;
            if (thread == first) exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        struct ptrace_syscall_info info;
        struct call *call = call_of(thread);
        int signal = WSTOPSIG(status), how = PTRACE_CONT;
        long passed = 0;
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
            ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
            call->number = info.seccomp.nr;
            for (int i = 0; i < 6; i++) call->arguments[i] = info.seccomp.args[i];
            begins(call);
            how = PTRACE_SYSCALL;
        } else if (signal == (SIGTRAP | 0x80)) {
            ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
            if (info.op == PTRACE_SYSCALL_INFO_EXIT) ended(call, info.exit.rval);
        } else if (signal != SIGTRAP && signal != SIGSTOP) {
            passed = signal;
        }
        ptrace(how, thread, 0, (void *)passed);
    }
    return fclose(out) ? NO_TRACE : exit_code;
}
