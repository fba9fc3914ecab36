// A worker whose next hop offers TLS, with a certificate for mx.example.net of an authority of the
// test's own.
#pragma once

#include <memory>

#include "common/net/tls.h"
#include "common/testing/authority.h"
#include "smtp-gateway/testing/relay_fixture.h"

namespace posthorn::relay {

class RelayTlsFixture : public RelayFixture {
 protected:
  RelayTlsFixture() {
    authority_.Issue("mx.example.net");
    tls_ = *net::ServerTls::Load({authority_.directory()});
    script_.tls = tls_->Current();
  }
  void TrustAuthority() { ca_file_ = authority_.directory() + "/ca.crt"; }
  // OneRecipient by a route to the server.
  v1::Work ByRoute(v1::Route::Tls tls) const {
    v1::Work work = OneRecipient();
    v1::Route& route = *work.mutable_route();
    route.set_host("mx.example.net");
    route.set_port(options_.router.port);
    route.set_tls(tls);
    return work;
  }

  testing_support::Authority authority_;
  std::unique_ptr<net::ServerTls> tls_;
  testing_support::ServerScript script_;
};

}  // namespace posthorn::relay
