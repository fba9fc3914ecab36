// Prometheus metrics: one registry of the process. Names and labels follow
// prometheus.io/docs/practices/naming: prefix posthorn_, base units, _total; labels are bounded
// (never a user, an address or a mailbox).
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <map>
#include <string>

namespace posthorn::metrics {

using Labels = std::map<std::string, std::string>;

// Each finds or makes the metric; the reference stays valid for the life of the process. The
// look-up takes a lock: keep the reference where it is used often.
prometheus::Counter& Counter(const std::string& name, const std::string& help,
                             const Labels& labels = {});
prometheus::Gauge& Gauge(const std::string& name, const std::string& help,
                         const Labels& labels = {});
// Buckets from 100 us to 30 s.
prometheus::Histogram& Duration(const std::string& name, const std::string& help,
                                const Labels& labels = {});
// Buckets 1, 2, 4, ... 4096.
prometheus::Histogram& Size(const std::string& name, const std::string& help,
                            const Labels& labels = {});

// The text exposition format, version 0.0.4.
std::string Text();

}  // namespace posthorn::metrics
