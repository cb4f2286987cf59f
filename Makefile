# warehouse_gw: see README.md.  PGXS with topic folders.

EXTENSION = warehouse_gw
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" warehouse_gw.control)
MODULE_big = warehouse_gw

SOURCES = $(sort $(wildcard src/*.c src/*/*.c fdw/*.c))
OBJS = $(SOURCES:.c=.o)
SQL_HEADERS = $(patsubst %.sql,%.sql.h,$(sort $(wildcard src/*/*.sql)))

INSTALL_SQL = $(EXTENSION)--$(EXTVERSION).sql
DATA_built = $(INSTALL_SQL)

PG_CPPFLAGS = -I$(CURDIR)/src -I$(CURDIR) -I$(shell $(PG_CONFIG) --includedir)
PG_CFLAGS = -MMD -MP -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-cast-function-type \
	-fvisibility=hidden '-DPGDLLEXPORT=__attribute__((visibility("default")))'
SHLIB_LINK = -lpq -lpthread
EXTRA_CLEAN = $(INSTALL_SQL) $(OBJS:.o=.d) $(SQL_HEADERS) build

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

-include $(OBJS:.o=.d)

# Named queries ("-- name: x") of src/*/*.sql become C strings in *.sql.h.
%.sql.h: %.sql sql/embed.awk
	awk -f sql/embed.awk $< > $@

$(OBJS): | $(SQL_HEADERS)

# The install script: guard, stateful objects, platforms, then the API by topic.
$(INSTALL_SQL): sql/assemble.sh sql/platform.sql.in src/platform/gw_platform_list.h \
		$(wildcard sql/catalog/*.sql sql/api/*.sql)
	sql/assemble.sh $(EXTVERSION) > $@.tmp && mv $@.tmp $@
