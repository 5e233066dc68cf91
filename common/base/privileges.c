#include "common/base/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/error.h"

static bool
become(const struct passwd *who, GError **error)
{
    if (initgroups(who->pw_name, who->pw_gid) != 0 || setgid(who->pw_gid) != 0
        || setuid(who->pw_uid) != 0)
        return error_set(error, ERR_DENIED, "can't become %s: %s", who->pw_name,
                         g_strerror(errno));
    if (getuid() != who->pw_uid || geteuid() != who->pw_uid || getgid() != who->pw_gid
        || setuid(0) == 0)
        return error_set(error, ERR_DENIED, "can't become %s: root can be had again",
                         who->pw_name);
#ifdef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 1); /* the leak check at the exit looks in by ptrace(2) */
#endif
    return true;
}

bool
privileges_drop(const char *user, GError **error)
{
    if (geteuid() != 0 && getuid() != 0)
        return true;
    if (!user)
        return error_set(error, ERR_DENIED,
                         "this does not run as root: name the user to become in [desk] "
                         "user, or start it as another user");

    const struct passwd *who = getpwnam(user);
    if (!who)
        return error_set(error, ERR_DENIED, "[desk] user: there is no user %s", user);
    if (who->pw_uid == 0)
        return error_set(error, ERR_DENIED, "[desk] user: %s is root too", user);
    return become(who, error);
}
