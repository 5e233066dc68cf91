#include "maild/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/error.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* --- Landlock --------------------------------------------------------------------- */

/* The kernel's struct landlock_ruleset_attr as of ABI 6; the headers may be older. An
   older kernel takes a longer struct as long as what it does not know is 0. */
struct ruleset {
    uint64_t files, net, scoped;
};

#define FILES_ABI_1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FILES_REFER (UINT64_C(1) << 13)    /* ABI 2 */
#define FILES_TRUNCATE (UINT64_C(1) << 14) /* ABI 3 */
#define NET_ALL UINT64_C(3)                /* ABI 4: bind and connect, TCP */
#define FILES_IOCTL (UINT64_C(1) << 15)    /* ABI 5 */
#define SCOPED_ALL UINT64_C(3)             /* ABI 6: abstract unix sockets, signals */

static const char *const readable[] = {
    "/usr/lib", "/usr/lib64", "/usr/share", "/etc",
#if SANITIZED
    "/proc", /* the leak check reads its own maps */
#endif
};

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static void
allow_path(int ruleset, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return; /* what isn't there can't be read */
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access,
        .parent_fd = fd,
    };
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
}

/* A rule set that denies all the kernel can deny; -1: it has none. */
static int
new_ruleset(struct ruleset *ret_wanted)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return -1;
    *ret_wanted = (struct ruleset){
        .files = FILES_ABI_1 | (abi >= 2 ? FILES_REFER : 0)
                 | (abi >= 3 ? FILES_TRUNCATE : 0) | (abi >= 5 ? FILES_IOCTL : 0),
        .net = abi >= 4 ? NET_ALL : 0,
        .scoped = abi >= 6 ? SCOPED_ALL : 0,
    };
    return (int)syscall(SYS_landlock_create_ruleset, ret_wanted, sizeof *ret_wanted, 0);
}

static bool
enforce(int ruleset)
{
    long code = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return code == 0;
}

static bool
restrict_files(void)
{
    struct ruleset wanted;
    int ruleset = new_ruleset(&wanted);
    if (ruleset < 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(readable); i++)
        allow_path(ruleset, readable[i], READ);
    return enforce(ruleset);
}

static bool
restrict_files_of_tools(const char *folder)
{
    static const char *const runnable[] = { "/usr", "/bin", "/lib", "/lib64", "/etc" };
    struct ruleset wanted;
    int ruleset = new_ruleset(&wanted);
    if (ruleset < 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(runnable); i++)
        allow_path(ruleset, runnable[i], READ | LANDLOCK_ACCESS_FS_EXECUTE);
    allow_path(ruleset, "/dev", READ);
    allow_path(ruleset, "/proc", READ);
    allow_path(ruleset, "/dev/null",
               LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    allow_path(ruleset, folder, wanted.files);
    /* So that it can go at the end, which only takes what is empty. */
    g_autofree char *above = g_path_get_dirname(folder);
    allow_path(ruleset, above, LANDLOCK_ACCESS_FS_REMOVE_DIR);
    return enforce(ruleset);
}

/* --- seccomp ---------------------------------------------------------------------- */

/* clang-format off */
static const char *const allowed[] = {
    /* memory */
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
    /* what is open already, and looking at files */
    "access", "close", "eventfd2", "faccessat", "faccessat2", "fcntl", "fstat", "getcwd",
    "getdents64", "lseek", "lstat", "newfstatat", "pipe2", "pread64", "read", "readlink",
    "readlinkat", "readv", "stat", "statx", "write", "writev",
    /* the database connection, the stop socket */
    "getpeername", "getsockname", "getsockopt", "poll", "ppoll", "pselect6", "recvfrom",
    "recvmsg", "select", "sendmsg", "sendto", "setsockopt", "shutdown",
    /* time, signals of our own, limits */
    "alarm", "clock_getres", "clock_gettime", "clock_nanosleep", "getitimer", "getrlimit",
    "getrusage", "gettimeofday", "nanosleep", "restart_syscall",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "setitimer", "setrlimit",
    "sigaltstack", "time", "timer_create", "timer_delete", "timer_settime",
    /* threads, and the end */
    "exit", "exit_group", "futex", "get_robust_list", "rseq", "sched_getaffinity",
    "sched_yield", "set_robust_list",
    /* who and where we are */
    "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom", "gettid", "getuid",
    "sysinfo", "uname"
};

/* clang-format on */

/* What the leak check at the exit of a sanitized build needs. */
static const char *const allowed_sanitized[] = {
    "clone", "getdents", "prctl", "ptrace", "process_vm_readv", "tgkill", "tkill", "wait4"
};

static bool
allow(scmp_filter_ctx filter, const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    /* A name that this architecture lacks needs no rule. */
    return number < 0 || seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) == 0;
}

static bool
allow_if(scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
    int number = seccomp_syscall_resolve_name(name);
    return number < 0
           || seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, condition) == 0;
}

/* Calls that are harmless with some arguments only. */
static bool
allow_in_part(scmp_filter_ctx filter)
{
    const scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;

    return allow_if(filter, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, writing, O_RDONLY))
           && allow_if(filter, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, writing, O_RDONLY))
           && (SANITIZED
               || (allow_if(filter, "clone",
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
                   && allow_if(filter, "prctl", SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0))
                   && allow_if(filter, "tgkill",
                               SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0))))
           && allow_if(filter, "prlimit64", SCMP_A0(SCMP_CMP_EQ, 0, 0))
           && allow_if(filter, "ioctl", SCMP_A1(SCMP_CMP_EQ, TCGETS, 0))
           && allow_if(filter, "ioctl", SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0));
}

static bool
fill_filter(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
        if (!allow(filter, allowed[i]))
            return false;
    for (size_t i = 0; SANITIZED && i < G_N_ELEMENTS(allowed_sanitized); i++)
        if (!allow(filter, allowed_sanitized[i]))
            return false;
    /* Its flags are in memory, where a filter can't look; glibc falls back to clone. */
    int clone3_number = seccomp_syscall_resolve_name("clone3");
    return allow_in_part(filter)
           && (clone3_number < 0
               || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), clone3_number, 0)
                      == 0);
}

static const char *const denied_to_tools[] = {
    "add_key",         "bpf",        "io_uring_setup",    "kexec_load",
    "keyctl",          "mount",      "move_mount",        "open_tree",
    "perf_event_open", "pivot_root", "process_vm_writev", "request_key",
    "setns",           "umount2",    "unshare",           "userfaultfd",
};

static bool
restrict_calls_of_tools(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const uint32_t deny = SCMP_ACT_ERRNO(EACCES);
    if (!filter)
        return false;
    bool good =
        seccomp_rule_add(filter, deny, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX))
        == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(denied_to_tools); i++) {
        int number = seccomp_syscall_resolve_name(denied_to_tools[i]);
        good &= number < 0 || seccomp_rule_add(filter, deny, number, 0) == 0;
    }
    /* The leak check at the exit of a sanitized build traces its own process. */
    good &= SANITIZED || seccomp_rule_add(filter, deny, SCMP_SYS(ptrace), 0) == 0;
    good = good && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

static bool
restrict_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return false;
    bool good = fill_filter(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return good;
}

static bool
enter(bool files, bool calls, GError **error)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    if (!files)
        g_string_append(missing, " landlock");
    if (!calls)
        g_string_append(missing, " seccomp");
    return missing->len == 0
           || error_set(error, ERR_DENIED, "this kernel does not give us:%s",
                        missing->str);
}

bool
sandbox_enter(enum sandbox_kind kind, GError **error)
{
    g_assert(kind == SANDBOX_PARSER);
    /* Both want it, so where it can't be had neither can they. */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    bool files = restrict_files();
    return enter(files, restrict_calls(), error);
}

bool
sandbox_enter_tools(const char *folder, GError **error)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    bool files = restrict_files_of_tools(folder);
    return enter(files, restrict_calls_of_tools(), error);
}
