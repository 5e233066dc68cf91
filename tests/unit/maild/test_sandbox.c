#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <iconv.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "maild/sandbox.h"

/* Each attempt runs in a child inside the sandbox and says whether it came through. */

static bool
open_reading(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && close(fd) == 0;
}

static bool
open_writing(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd >= 0 && close(fd) == 0;
}

static bool
try_write_file(void)
{
    return open_writing("/tmp/postern-sandbox", O_WRONLY | O_CREAT);
}

static bool
try_write_null(void)
{
    return open_writing("/dev/null", O_WRONLY);
}

static bool
try_append(void)
{
    return open_writing("/etc/hosts", O_RDWR | O_APPEND);
}

static bool
try_read_etc(void)
{
    return open_reading("/etc/hosts");
}

static bool
try_read_home(void)
{
    return open_reading("/root");
}

static bool
try_read_tmp(void)
{
    return open_reading("/tmp");
}

static bool
try_exec(void)
{
    char *const argv[] = { (char *)"true", NULL };
    execv("/bin/true", argv);
    return false;
}

static bool
try_tcp(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return fd >= 0
           && (connect(fd, (struct sockaddr *)&address, sizeof address) == 0
               || errno == ECONNREFUSED);
}

static bool
try_udp(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
}

static bool
try_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool
try_signal_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool
try_ptrace_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool
try_unlink(void)
{
    return unlink("/tmp/postern-sandbox-there") == 0;
}

static bool
convert(const char *charset, const char *text, const char *want)
{
    char out[64] = "";
    char *from = (char *)text, *to = out;
    size_t left = strlen(text), room = sizeof out - 1;
    iconv_t cd = iconv_open("UTF-8", charset);
    if (cd == (iconv_t)-1)
        return false;
    bool good = iconv(cd, &from, &left, &to, &room) != (size_t)-1;
    iconv_close(cd);
    return good && strcmp(out, want) == 0;
}

static bool
try_iconv(void)
{
    return convert("ISO-2022-JP", "\x1b$B%a!<%k\x1b(B", "メール")
           && convert("EUC-KR", "\xc7\xd1", "한");
}

static void *
in_thread(void *data)
{
    return data;
}

static bool
try_thread(void)
{
    GThread *thread = g_thread_new("probe", in_thread, (void *)in_thread);
    return g_thread_join(thread) == (void *)in_thread;
}

static bool
try_sort(void)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_autoptr(GDateTime) now = g_date_time_new_now(zone);
    return now != NULL && getpid() > 0 && g_get_real_time() > 0;
}

#define WORK "/tmp/postern-sandbox-work"

static bool
try_work(void)
{
    return open_writing(WORK "/file", O_WRONLY | O_CREAT);
}

static bool
try_run(void)
{
    int status = 1;
    const char *argv[] = { "true", NULL };
    return g_spawn_sync("/", (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                        NULL, &status, NULL)
           && status == 0;
}

/* What a program that was begun inside may do is no more. */
static bool
try_run_tcp(void)
{
    int status = 1;
    const char *argv[] = { "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9", NULL };
    g_autofree char *said = NULL;
    g_spawn_sync("/", (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                 &status, NULL);
    return !said || !strstr(said, "Permission denied");
}

static bool
try_namespace(void)
{
    return unshare(CLONE_NEWUSER) == 0;
}

static bool
enter(bool tools, GError **error)
{
    return tools ? sandbox_enter_tools(WORK, error)
                 : sandbox_enter(SANDBOX_PARSER, error);
}

static pid_t
fork_inside(bool (*attempt)(void), bool inside, bool tools)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    g_autoptr(GError) error = NULL;
    alarm(20);
    if (inside && !enter(tools, &error)) {
        fprintf(stderr, "%s\n", error->message);
        _exit(2);
    }
    _exit(attempt() ? 1 : 0);
}

static void
test_inside(void **state)
{
    static const struct {
        const char *name;
        bool (*attempt)(void);
        bool works;
    } cases[] = {
        { "make a file", try_write_file, false },
        { "write a device", try_write_null, false },
        { "append to a file", try_append, false },
        { "unlink", try_unlink, false },
        { "read /etc", try_read_etc, true },
        { "read a home", try_read_home, false },
        { "read /tmp", try_read_tmp, false },
        { "execve", try_exec, false },
        { "connect", try_tcp, false },
        { "UDP socket", try_udp, false },
        { "unix socket", try_unix, false },
        { "signal another process", try_signal_parent, false },
        { "ptrace", try_ptrace_parent, false },
        { "charsets", try_iconv, true },
        { "a thread", try_thread, true },
        { "local time", try_sort, true },
    };
    (void)state;
    assert_true(g_file_set_contents("/tmp/postern-sandbox-there", "", 0, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int status = 0;
        pid_t pid = fork_inside(cases[i].attempt, true, false);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].works)
            fail_msg("%s: status %d", cases[i].name, status);
    }
    unlink("/tmp/postern-sandbox-there");
}

/* For programs that are run: they work, in their own folder, without a network. */
static void
test_tools(void **state)
{
    static const struct {
        const char *name;
        bool (*attempt)(void);
        bool works;
    } cases[] = {
        { "make a file elsewhere", try_write_file, false },
        { "make a file in its folder", try_work, true },
        { "write /dev/null", try_write_null, true },
        { "unlink elsewhere", try_unlink, false },
        { "read /etc", try_read_etc, true },
        { "read a home", try_read_home, false },
        { "run a program", try_run, true },
        { "run one that connects", try_run_tcp, false },
        { "connect", try_tcp, false },
        { "UDP socket", try_udp, false },
        { "unix socket", try_unix, true },
        { "a namespace", try_namespace, false },
    };
    (void)state;
    assert_true(g_file_set_contents("/tmp/postern-sandbox-there", "", 0, NULL));
    mkdir(WORK, 0700);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int status = 0;
        pid_t pid = fork_inside(cases[i].attempt, true, true);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].works)
            fail_msg("%s: status %d", cases[i].name, status);
    }
    unlink(WORK "/file");
    rmdir(WORK);
    unlink("/tmp/postern-sandbox-there");
}

/* The attempts are good: outside most come through. */
static void
test_outside(void **state)
{
    bool (*const attempts[])(void) = { try_write_file, try_write_null,    try_tcp,
                                       try_udp,        try_signal_parent, try_read_tmp };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
        int status = 0;
        pid_t pid = fork_inside(attempts[i], false, false);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    }
    unlink("/tmp/postern-sandbox");
}

/* exit(3) and its handlers, the leak check among them, run to the end inside. */
static void
test_exit(void **state)
{
    int status = 0;
    (void)state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20);
        exit(sandbox_enter(SANDBOX_PARSER, NULL) ? 7 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_tools),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_exit),
    };
    return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
