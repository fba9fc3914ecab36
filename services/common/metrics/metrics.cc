#include "common/metrics/metrics.h"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace posthorn::metrics {
namespace {

prometheus::Registry& TheRegistry() {
  // Merge: asking again for a name gives the family that is there.
  static prometheus::Registry registry(prometheus::Registry::InsertBehavior::Merge);
  return registry;
}

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const prometheus::Histogram::BucketBoundaries boundaries = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
      0.05,   0.1,     0.25,   0.5,   1,      2.5,   10,   30};
  return boundaries;
}

const prometheus::Histogram::BucketBoundaries& PowersOfTwo() {
  static const prometheus::Histogram::BucketBoundaries boundaries = {
      1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
  return boundaries;
}

prometheus::Histogram& Histogram(const std::string& name, const std::string& help,
                                 const Labels& labels,
                                 const prometheus::Histogram::BucketBoundaries& boundaries) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(TheRegistry())
      .Add(labels, boundaries);
}

}  // namespace

prometheus::Counter& Counter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(TheRegistry()).Add(labels);
}

prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(TheRegistry()).Add(labels);
}

prometheus::Histogram& Duration(const std::string& name, const std::string& help,
                                const Labels& labels) {
  return Histogram(name, help, labels, Seconds());
}

prometheus::Histogram& Size(const std::string& name, const std::string& help,
                            const Labels& labels) {
  return Histogram(name, help, labels, PowersOfTwo());
}

std::string Text() { return prometheus::TextSerializer().Serialize(TheRegistry().Collect()); }

}  // namespace posthorn::metrics
