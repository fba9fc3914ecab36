// Pieces of the queue's statements.
#pragma once

// The database's clock in milliseconds, as of the statement's arrival: the same for all its rows,
// so that an index can be searched by it.
#define QUEUE_NOW "((extract(epoch FROM statement_timestamp()) * 1000)::bigint)"
// The same in seconds, as of the transaction's begin.
#define UNIX_NOW "floor(extract(epoch FROM now()))::bigint"
// A time that never comes.
#define QUEUE_NEVER "9223372036854775807::bigint"
