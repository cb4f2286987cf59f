/*
 * unit_restjob.c
 *	  How often a job's requests are written, and what the breaker hears of pages
 *	  that fail together: against an address where nobody answers, or nobody is.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw_unit.h"

#include "base/gw_health.h"
#include "transport/gw_restjob_slot.h"

/* What the made-up service is like; set by each test. */
static int made_port;
static int made_places; /* of the pages from that one on only the place is asked first */
static int made_builds;

static GwStatus
made_open(GwRestLink *link, const GwSetting *settings, int nsettings, GwError *err)
{
	static const GwOauthSpec nobody = {0};

	link->policy = (GwHttpPolicy){.allow_http = true,
								  .allow_private = true,
								  .connect_timeout_ms = 10000,
								  .silence_timeout_s = 60};
	link->auth = gw_oauth_create(CurrentMemoryContext, &link->policy, &nobody);
	link->service = "unit restjob";
	return GW_OK;
}

static GwStatus
made_build(GwRestJob *job, GwRestKind kind, int page, GwRestRequest *request, GwError *err)
{
	if (kind != GW_REST_PAGE)
		return GW_DONE;
	made_builds++;
	request->url = psprintf("http://127.0.0.1:%d/%d", made_port, page);
	request->place = page >= made_places;
	return GW_OK;
}

static GwStatus
made_error(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE, "it has failed");
}

static const GwRestOps made_ops = {
	.prefetch = 1,
	.places = 3,
	.max_page = 1024,
	.open = made_open,
	.build = made_build,
	.read_error = made_error,
};

static const GwTransport made_transport = {GW_RESTJOB_SLOTS};

/* A socket that takes connections and never answers; its port. */
static int
made_listen(int *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *) &addr, len) == 0 && listen(fd, 16) == 0 &&
		  getsockname(fd, (struct sockaddr *) &addr, &len) == 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

/* A job whose pages are to be read. */
static GwRestJob *
made_job(void)
{
	static const GwStatement nothing = {.sql = ""};
	GwLink *link;
	GwRun *run;
	GwError err;

	CHECK_INT(gw_restjob_create(&made_transport, &made_ops, CurrentMemoryContext, NULL, 0, &link,
								&err),
			  GW_OK);
	CHECK_INT(gw_restjob_start(link, CurrentMemoryContext, &nothing, &run, &err), GW_OK);
	gw_restjob_enter((GwRestJob *) run, PHASE_PAGES);
	made_builds = 0;
	return (GwRestJob *) run;
}

/* So many looks at what the job does; what the last one said. */
static GwStatus
made_look(GwRestJob *job, int times)
{
	GwStatus status = GW_OK;
	const GwBatch *batch;
	GwError err;

	job->head.nowait = true;
	while (times-- > 0)
		status = gw_restjob_next(&job->head, 0, gw_deadline_never(), &batch, &err);
	return status;
}

static const GwHealth *
made_health(void)
{
	int n;
	GwHealth *list = gw_health_list(&n);

	for (int i = 0; i < n; i++)
		if (strcmp(list[i].name, "unit restjob") == 0)
			return &list[i];
	return NULL;
}

GW_UNIT(restjob_builds)
{
	int fd = made_listen(&made_port);
	GwRestJob *job;

	/* Two pages are on their way; the third is one as well, and so has to wait. */
	made_places = 100;
	job = made_job();
	CHECK_INT(made_look(job, 20), GW_TIMED_OUT);
	CHECK_INT(job->next_page, 2);
	CHECK_INT(made_builds, 3);
	gw_restjob_finish(&job->head);

	/* It is asked where the next three are, and then no more is wanted. */
	made_places = 2;
	job = made_job();
	CHECK_INT(made_look(job, 20), GW_TIMED_OUT);
	CHECK_INT(job->next_page, 5);
	CHECK_INT(made_builds, 5);
	gw_restjob_finish(&job->head);

	/* What was asked behind a page is asked anew, whatever was known of it. */
	made_places = 3;
	job = made_job();
	CHECK_INT(made_look(job, 20), GW_TIMED_OUT);
	CHECK_INT(job->next_page, 2);
	CHECK_INT(made_builds, 3);
	made_places = 1;
	gw_restjob_forget_ahead(job);
	CHECK_INT(made_look(job, 20), GW_TIMED_OUT);
	CHECK_INT(job->next_page, 5);
	CHECK_INT(made_builds, 7);
	gw_restjob_finish(&job->head);
	close(fd);
}

GW_UNIT(restjob_health)
{
	const GwHealth *health;
	const GwBatch *batch;
	GwRestJob *job;
	GwError err;
	int fd = made_listen(&made_port);

	/* Nobody is there: four pages fail four times each, and the breaker hears of four. */
	close(fd);
	(void) gw_health_reset(NULL);
	made_places = 2;
	job = made_job();
	CHECK_INT(gw_restjob_next(&job->head, 0, gw_deadline_never(), &batch, &err), GW_FAILED);
	CHECK_INT(err.cls, GW_ERR_TRANSIENT);
	gw_restjob_finish(&job->head);
	health = made_health();
	CHECK(health != NULL && health->failures >= 4);
	CHECK_INT(health->breaker.calls, 4);
	CHECK_INT(health->breaker.outcomes, 0xf);
	CHECK_INT(health->breaker.state, GW_BREAKER_CLOSED);

	/* Who asks for all has to say what came of it. */
	for (int i = 0; i < 10; i++)
		gw_health_report("unit restjob", GW_ERR_TRANSIENT, true, -1);
	CHECK_INT(made_health()->breaker.state, GW_BREAKER_CLOSED);
	for (int i = 0; i < 10; i++)
		gw_health_report("unit restjob", GW_ERR_TRANSIENT, false, -1);
	CHECK_INT(made_health()->breaker.state, GW_BREAKER_OPEN);
	(void) gw_health_reset(NULL);
}
