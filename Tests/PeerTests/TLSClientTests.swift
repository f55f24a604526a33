import Emulation
import Foundation
import TestSupport
import Testing

/// A server asks for the card's signature in TLS 1.3, and programs that know nothing of us have the card give it.
@Suite(.serialized) struct TLSClientTests {
    /// The programs that log in, and how; `$PORT` and `$MODULE` are the server's and OpenSC's.
    enum Client: String, CaseIterable {
        case gnutls = """
            gnutls-cli --provider "$MODULE" --x509certfile "pkcs11:id=%01;type=cert" \
            --x509keyfile "pkcs11:id=%01;type=private;pin-value=$PIN" --insecure \
            --priority "NORMAL:-VERS-ALL:+VERS-TLS1.3" --port "$PORT" 127.0.0.1
            """
        case openssl = """
            PKCS11_MODULE_PATH="$MODULE" openssl s_client -engine pkcs11 -keyform engine \
            -key "pkcs11:id=%01;type=private;pin-value=$PIN" -cert certificate.pem -tls1_3 -connect "127.0.0.1:$PORT"
            """
    }

    /// Starts a server that wants a certificate of the card's authority, and a client when it listens; both end by themselves.
    ///
    /// What is printed is the server's word: how it was met, with what signature, and whether that was good.
    private static let conversation = """
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.pem \
          2> request || { cat request; exit 1; }
        openssl s_server -accept 127.0.0.1:0 -naccept 1 -rev -tls1_3 -cert server.pem -key server.key -CAfile root.pem -Verify 1 \
          -verify_return_error > server 2>&1 < /dev/null &
        server=$!
        trap 'kill -KILL $server 2> /dev/null' EXIT
        for attempt in $(seq 600); do grep -q ^ACCEPT server && break; sleep 0.05; done
        export PORT=$(sed -n 's/^ACCEPT.*://p' server)
        echo hello | timeout -s KILL 60 sh -c "$CLIENT" > client 2>&1 &&
          for attempt in $(seq 600); do kill -0 $server 2> /dev/null || break; sleep 0.05; done
        cat server client
        """

    private func connect(_ client: Client, pin: String = "123456", in bench: OpenSCBench) async throws -> String {
        _ = try await bench.run("openssl", "x509", "-inform", "der", "-in", bench.path("root.der"), "-out", bench.path("root.pem"))
        let certificate = try await bench.pkcs15("--read-certificate", "01")
        try certificate.output.write(to: bench.folder.appending(path: "certificate.pem"))
        let module = try await OpenSCModule.path
        let outcome = try await ChildProgram.run(
            "bash", ["-c", "cd '\(bench.folder.path)'\n\(Self.conversation)"],
            environment: ["OPENSC_CONF": bench.configuration.path, "MODULE": module, "PIN": pin, "CLIENT": client.rawValue])
        return outcome.text + outcome.complaints
    }

    @Test(arguments: Client.allCases, [CardKeyKind.p256, .p384, .rsa2048])
    func `a server lets the card's holder in`(client: Client, kind: CardKeyKind) async throws {
        try await OpenSCBench.withCard({ try .piv(holder: "Test Holder", keys: kind, authority: $0, now: $1) }) { bench in
            let server = try await connect(client, in: bench)
            for line in [
                "Protocol version: TLSv1.3", "CN = Test Holder", "Signature type: \(kind == .rsa2048 ? "RSA-PSS" : "ECDSA")",
                "Verification: OK",
            ] { #expect(server.contains(line), "\(line)\n\(server)") }
        }
    }

    @Test func `with a wrong PIN nobody is let in`() async throws {
        try await OpenSCBench.withCard({ try .piv(holder: "Test Holder", keys: .p256, authority: $0, now: $1) }) { bench in
            let server = try await connect(.openssl, pin: "999999", in: bench)
            #expect(server.contains("ACCEPT") && !server.contains("Verification: OK"), "\(server)")
        }
    }
}
