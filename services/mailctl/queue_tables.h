// Rows of the queue and of its log for people and programs.
#pragma once

#include "mailctl/table.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::mailctl {

Table QueueTable();
void AddRow(Table& table, const v1::QueueEntry& entry);

Table LogTable();
void AddRow(Table& table, const v1::LogEntry& entry);

}  // namespace posthorn::mailctl
