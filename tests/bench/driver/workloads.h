#pragma once

#include "options.h"
#include "report.h"

namespace posthorn::bench {

// Each workload does what its file's first comment says and returns its figures. It throws if
// anything that a server answers is not what a correct server answers.
Figures RunDelivery(const Options& options);
Figures RunLogin(const Options& options);
Figures RunFill(const Options& options);
Figures RunFetch(const Options& options);
Figures RunAppend(const Options& options);
Figures RunStore(const Options& options);
Figures RunSelect(const Options& options);
Figures RunSearch(const Options& options);
Figures RunRange(const Options& options);
Figures RunMixed(const Options& options);
Figures RunRetrieve(const Options& options);
Figures RunIdle(const Options& options);
Figures RunRelay(const Options& options);
Figures RunSmtpIdle(const Options& options);
Figures RunSmtpIdleTls(const Options& options);
Figures RunNotification(const Options& options);

}  // namespace posthorn::bench
