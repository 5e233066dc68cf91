/* maild run: become the master. */
#include "maild/master.h"
#include "maild/verbs/verb.h"

int
verb_run(const struct verb_context *context, int argc, char **argv)
{
    if (argc > 1)
        return verb_misused(argv[0]);
    return master_run(&(struct master_options){
        .config_path = context->config_path, .jobs = maild_jobs, .check = maild_check });
}
