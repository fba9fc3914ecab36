#include "smtp-gateway/session/trace_header.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

Trace Example() {
  Trace trace;
  trace.reverse_path = "bob@example.net";
  trace.helo = "client.example";
  trace.peer_address = "192.0.2.1";
  trace.hostname = "mx.example.org";
  trace.extended = true;
  trace.session_id = "1f2e3d";
  trace.recipient = "alice@example.org";
  trace.unix_seconds = 880127706;
  return trace;
}

TEST(TraceHeaderTest, ReturnPathComesFirst) {
  EXPECT_EQ(FormatTraceHeader(Example()),
            "Return-Path: <bob@example.net>\r\n"
            "Received: from client.example ([192.0.2.1])\r\n"
            "\tby mx.example.org (Posthorn) with ESMTP id 1f2e3d\r\n"
            "\tfor <alice@example.org>;\r\n"
            "\tFri, 21 Nov 1997 15:55:06 +0000\r\n");
}

TEST(TraceHeaderTest, NamesTlsAndHidesManyRecipients) {
  Trace trace = Example();
  trace.reverse_path = "";
  trace.peer_address = "2001:db8::1";
  trace.peer_is_v6 = true;
  trace.tls = true;
  trace.tls_version = "TLSv1.3";
  trace.tls_cipher = "TLS_AES_256_GCM_SHA384";
  trace.recipient = "";
  EXPECT_EQ(FormatTraceHeader(trace),
            "Return-Path: <>\r\n"
            "Received: from client.example ([IPv6:2001:db8::1])\r\n"
            "\t(using TLSv1.3 with TLS_AES_256_GCM_SHA384)\r\n"
            "\tby mx.example.org (Posthorn) with ESMTPS id 1f2e3d;\r\n"
            "\tFri, 21 Nov 1997 15:55:06 +0000\r\n");
}

TEST(TransmissionTypeTest, NamesWhatWasUsed) {
  Trace trace;
  EXPECT_EQ(TransmissionType(trace), "SMTP");
  trace.extended = true;
  trace.tls = true;
  EXPECT_EQ(TransmissionType(trace), "ESMTPS");
  trace.authenticated = true;
  EXPECT_EQ(TransmissionType(trace), "ESMTPSA");
  trace.smtputf8 = true;
  EXPECT_EQ(TransmissionType(trace), "UTF8SMTPSA");
  trace.tls = false;
  EXPECT_EQ(TransmissionType(trace), "UTF8SMTPA");
  trace.lmtp = true;
  EXPECT_EQ(TransmissionType(trace), "UTF8LMTPA");
  trace.smtputf8 = false;
  trace.authenticated = false;
  EXPECT_EQ(TransmissionType(trace), "LMTP");
}

}  // namespace
}  // namespace posthorn::smtp
