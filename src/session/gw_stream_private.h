/*
 * gw_stream_private.h
 *	  What the files of the streams share.  Nobody else includes it.
 */
#ifndef GW_STREAM_PRIVATE_H
#define GW_STREAM_PRIVATE_H

#include "session/gw_session_private.h"
#include "session/gw_spool.h"

struct GwStream
{
	dlist_node node;	/* among the session's streams, while session is set */
	GwSession *session; /* NULL: the remote side is gone */
	MemoryContext cxt;
	MemoryContext params_cxt;
	ResourceOwner owner; /* of spooled rows: whoever opened the stream */
	GwStatement stmt;
	int fetch_size;
	int flags;
	bool may_cursor; /* could be read through a remote cursor ... */
	bool cursor;	 /* ... and is, this time */
	bool concurrent; /* the transport allows many runs */
	bool copy;		 /* read as a COPY, if its columns are fit */
	uint32 hash;	 /* of the statement as it was given, if binary */
	Oid *types;		 /* what binary columns are meant for */
	int ntypes;

	uint32 number; /* of the cursor, while it exists */
	int level;	   /* local nesting level of the remote side */
	bool writes; /* it may */
	bool opened;
	bool ended;	 /* the proved end was reached */
	bool broken; /* failed once: no more rows, ever */
	int nbatches;
	int asked; /* rows of the last FETCH */

	GwRun *run;			  /* the statement, or the last FETCH */
	const GwBatch *batch; /* the transport's last one */
	GwBatch out;		  /* a copy, which stands while the link is used by others */
	GwSpool *spool;		  /* the rest of a direct stream */
	GwBatch spooled;

	GwColumnInfo *columns;
	int ncolumns;
};

/* ---- gw_stream_binary.c ---- */

/*
 * Binary only for columns whose types are said, and not for those that have
 * shown this connection that they are not fit.  May replace the statement.
 */
extern void gw_stream_set_types(GwStream *stream, const GwStreamSpec *spec);

/*
 * Are the remote's columns what their cells will be read as?  If not, the
 * statement has been changed: run it again.
 */
extern bool gw_stream_types_fit(GwStream *stream, const GwColumnInfo *columns, int ncolumns);

/* Start the statement as a COPY; false: it is not fit for one, start it plainly. */
extern bool gw_stream_start_copy(GwStream *stream);

#endif /* GW_STREAM_PRIVATE_H */
