# warehouse_gw: PGXS with topic folders.  `make deps test` and `make deps demo`
# are all a newcomer needs; everything private lives in a temporary directory.

EXTENSION = warehouse_gw
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" warehouse_gw.control)
MODULE_big = warehouse_gw

# ODBC drivers run in a program of their own, made of the module's objects.
HELPER = build/warehouse_gw_odbc
HELPER_MAIN = src/transport/gw_transport_odbc_helper.c
HELPER_OBJS = $(patsubst %,src/transport/gw_transport_odbc_%.o,helper catalog driver fetch frame text)

SOURCES = $(filter-out $(HELPER_MAIN),$(sort $(wildcard src/*.c src/*/*.c fdw/*.c)))
OBJS = $(SOURCES:.c=.o)
SQL_HEADERS = $(patsubst %.sql,%.sql.h,$(sort $(wildcard src/*/*.sql)))

INSTALL_SQL = $(EXTENSION)--$(EXTVERSION).sql
UPGRADE_SQL = $(patsubst sql/upgrade/%,$(EXTENSION)--%,$(wildcard sql/upgrade/*--*.sql))
DATA_built = $(INSTALL_SQL) $(UPGRADE_SQL)

PG_CONFIG ?= pg_config
# MariaDB's client library, which talks to MySQL as well; else Oracle's.
MYSQL_CONFIG ?= $(if $(shell command -v mariadb_config),mariadb_config,mysql_config)
MYSQL_CFLAGS := $(shell $(MYSQL_CONFIG) --include 2>/dev/null)
MYSQL_LIBS := $(or $(shell $(MYSQL_CONFIG) --libs 2>/dev/null),-lmariadb)
PG_CPPFLAGS = -Isrc -I. -I$(shell $(PG_CONFIG) --includedir) $(MYSQL_CFLAGS)
PG_CFLAGS = -MMD -MP -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-cast-function-type -Wno-clobbered \
	-fvisibility=hidden '-DPGDLLEXPORT=__attribute__((visibility("default")))'
# libgcc_s is what ending a thread unwinds with; loading it then may fail.
SHLIB_LINK = -lpq $(MYSQL_LIBS) -lodbc -lcurl -lcrypto
SHLIB_LINK += -lyaml -lpthread -Wl,--push-state,--no-as-needed -lgcc_s -Wl,--pop-state
EXTRA_CLEAN = $(DATA_built) $(OBJS:.o=.d) $(HELPER_OBJS) $(HELPER_OBJS:.o=.d) $(SQL_HEADERS) \
	build test/results

# Nothing here is worth inlining into queries, so no LLVM bitcode is built.
override with_llvm = no
NO_INSTALLCHECK = 1
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq ($(and $(wildcard $(PGXS)),$(MYSQL_CFLAGS)),)
include $(PGXS)
-include $(OBJS:.o=.d) $(HELPER_MAIN:.c=.d) $(wildcard build/unit/*.d)

all: $(HELPER)
install: install-helper
uninstall: uninstall-helper

.PHONY: install-helper uninstall-helper
install-helper: $(HELPER) installdirs
	$(INSTALL_PROGRAM) $(HELPER) '$(DESTDIR)$(pkglibdir)/$(notdir $(HELPER))'

uninstall-helper:
	rm -f '$(DESTDIR)$(pkglibdir)/$(notdir $(HELPER))'

unit-module: all build/unit/gw_unit.so
else
# PostgreSQL or a client library was not there when this was read.  After
# `deps` it is, and a second make finds it.
.DEFAULT_GOAL = all
all unit-module install:
	@[ -e "$$($(PG_CONFIG) --pgxs)" ] || { echo "PostgreSQL's server headers are missing: run 'make deps' first"; exit 1; }
	@$(MYSQL_CONFIG) --include >/dev/null || { echo "MariaDB's or MySQL's client library is missing: run 'make deps' first"; exit 1; }
	$(MAKE) $@
endif

# Named queries ("-- name: x") of src/*/*.sql become C strings in *.sql.h.
%.sql.h: %.sql sql/embed.awk
	awk -f sql/embed.awk $< > $@

$(OBJS): | $(SQL_HEADERS)

# Of PostgreSQL it takes what libraries of clients link with, wherever that is kept.
$(HELPER): $(HELPER_OBJS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -rdynamic -o $@ $^ $(LDFLAGS) -L$(shell $(PG_CONFIG) --pkglibdir) \
		-L$(shell $(PG_CONFIG) --libdir) -lpgcommon_shlib -lpgport_shlib -lodbc -lpthread

# The install script: guard, stateful objects, platforms, then the API by topic.
$(INSTALL_SQL): sql/assemble.sh sql/platform.sql.in src/platform/gw_platform_list.h \
		$(wildcard sql/catalog/*.sql sql/api/*.sql)
	sql/assemble.sh $(EXTVERSION) > $@.tmp && mv $@.tmp $@

# An upgrade script: guard, the delta, then the API as it stands.
$(UPGRADE_SQL): $(EXTENSION)--%.sql: sql/upgrade/%.sql sql/assemble.sh $(wildcard sql/api/*.sql)
	sql/assemble.sh $(subst --, ,$*) > $@.tmp && mv $@.tmp $@

# The unit tests: a module of the product's objects and test/unit/*.c.
UNIT_OBJS = $(patsubst test/unit/%.c,build/unit/%.o,$(sort $(wildcard test/unit/*.c)))

build/unit/%.o: test/unit/%.c test/unit/gw_unit.h test/unit/gw_fuzz.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CPPFLAGS) -c $< -o $@

-include $(UNIT_OBJS:.o=.d)

build/unit/gw_unit.so: $(OBJS) $(UNIT_OBJS)
	$(CC) $(CFLAGS) -shared -o $@ $^ $(LDFLAGS) $(LDFLAGS_SL) $(SHLIB_LINK)

# Each runner below makes a private copy of PostgreSQL and of this tree, works
# there as an ordinary user, and removes it.  PLATFORM=name: that platform only.
.PHONY: deps test installcheck demo bench lint docs unit-module torture fuzz memory test-versions test-mysql9 test-libmysqlclient asan ubsan \
	valgrind mutants scoreboard pgspot live
deps:
	test/lib/deps.sh
	test/lib/parts.sh

test: unit-module
	PG_CONFIG='$(PG_CONFIG)' PLATFORM='$(PLATFORM)' test/run

test-%: unit-module
	PG_CONFIG='$(PG_CONFIG)' PLATFORM='$(PLATFORM)' test/run $*

# Other major versions, fetched into build/versions: VERSIONS='17 18' for some.
test-versions: all
	PG_CONFIG='$(PG_CONFIG)' test/versions/run

# A real MySQL 9 beside the MariaDB of "make test"; SUITES='conformance faults' for more.
test-mysql9: unit-module
	PG_CONFIG='$(PG_CONFIG)' test/versions/mysql9 $(SUITES)

# The same with Oracle's client library in place of MariaDB's.
test-libmysqlclient: all
	PG_CONFIG='$(PG_CONFIG)' test/versions/libmysqlclient $(SUITES)

installcheck: all
	PG_CONFIG='$(PG_CONFIG)' test/run regress isolation

lint: all
	PG_CONFIG='$(PG_CONFIG)' test/run lint

# The long forms; "make test" has a short one of the first two.
fuzz: unit-module
	test/lib/deps.sh clang-14 libclang-rt-14-dev
	PG_CONFIG='$(PG_CONFIG)' SEED='$(or $(SEED),clock)' FUZZ_RUNS='$(or $(RUNS),2000000)' test/run fuzz

ROWS = 10000000
memory: unit-module
	PG_CONFIG='$(PG_CONFIG)' PLATFORM='$(PLATFORM)' \
	MEMORY='--rows $(ROWS) --failures 10000 --cycles 10000 --plans 20000 --loops 20000' test/run memory

asan ubsan valgrind:
	PG_CONFIG='$(PG_CONFIG)' test/sanitize/run $@ $(SUITES)

demo: all
	PG_CONFIG='$(PG_CONFIG)' test/demo/demo.sh

bench: all
	@for bench in test/bench/*.sh; do \
		PG_CONFIG='$(PG_CONFIG)' PLATFORM='$(PLATFORM)' $$bench || exit 1; done

# The long run of the differential oracle: N queries for each platform.
torture: all
	PG_CONFIG='$(PG_CONFIG)' PLATFORM='$(PLATFORM)' SEED='$(or $(SEED),clock)' ORACLE='--queries $(or $(N),100000)' test/run oracle

# A reader of extension scripts, fetched from PyPI.
pgspot: all
	test/trust/pgspot.sh

# Does a broken product turn the tests red?
mutants: unit-module
	PG_CONFIG='$(PG_CONFIG)' python3 -B test/mutants/run.py

# Every judge at its CI size, as one table; hours.  What has a result of this
# commit is not run again; ONLY=name runs that one anew, TABLE=1 none.
scoreboard: unit-module
	test/lib/deps.sh clang-14 libclang-rt-14-dev valgrind
	PG_CONFIG='$(PG_CONFIG)' python3 -B test/scoreboard/run.py $(if $(ONLY),--only '$(ONLY)') $(if $(TABLE),--table)

# The conformance suite against a real account, whose name and credentials
# stand in the environment (docs/testing.md); it costs what the account costs.
live: all
	@[ -n '$(PLATFORM)' ] || { echo "live: not run, say PLATFORM=bigquery, snowflake or databricks"; exit 1; }
	GW_LIVE='$(PLATFORM)' PLATFORM='$(PLATFORM)' PG_CONFIG='$(PG_CONFIG)' test/run conformance

docs: all
	PG_CONFIG='$(PG_CONFIG)' test/run write-docs
	if [ -d test/results/pages ]; then cp -r test/results/pages/. .; fi
