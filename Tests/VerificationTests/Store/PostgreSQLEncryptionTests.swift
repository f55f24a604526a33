#if PostgreSQL
import Foundation
import TestSupport
import Testing
import Verification

@testable import PostgreSQLStore

/// A store over TLS, where the server itself says what it sees and libpq checks its certificate.
struct PostgreSQLEncryptionTests {
    private let server: PrivatePostgreSQL
    private let port = Int.random(in: 20_000..<32_000)
    private let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        server = try await PrivatePostgreSQL.start(settings: "listen_addresses = '127.0.0.1'", port: port)
        try await makeCertificate(for: "localhost")
    }

    /// Has the server make a key and a certificate that vouches for itself, and take them.
    private func makeCertificate(for name: String) async throws {
        try await server.execute(
            """
            COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; umask 077; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -days 2 -subj /CN=\(name) -addext subjectAltName=DNS:\(name) -keyout server.key -out server.crt 2>/dev/null'
            """)
        try await server.execute("ALTER SYSTEM SET ssl = on")
        try await server.execute("SELECT pg_reload_conf()")
        try #require(await eventually { (try? await server.execute("SHOW ssl")) == "on" })
        let certificate = try await server.execute("SELECT pg_read_file('server.crt')")
        try Data(certificate.utf8).write(to: URL(filePath: folder.path("root.pem")))
    }

    private func address(_ host: String = "localhost", checking: String = "verify-full") -> String {
        "postgresql://tessera@\(host):\(port)/postgres?sslmode=\(checking)&sslrootcert=\(folder.path("root.pem"))&schema=encrypted"
    }

    @Test func `a store works over TLS, and its connections are encrypted`() async throws {
        let bank = try TestBank(store: await PostgreSQLStore.open(at: address(), mark: .test, limits: .patient))
        _ = try await bank.enrolToken()
        let connections = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tessera'"
        #expect(try await server.execute("\(connections) AND ssl AND version = 'TLSv1.3'") != "0")
        #expect(try await server.execute("\(connections) AND NOT ssl") == "0")
    }

    @Test func `a certificate of another name, or of nobody known, opens no store`() async throws {
        var limits = PostgreSQLLimits.patient
        limits.recovery = .seconds(1)
        await #expect(throws: StoreError.self) {
            try await PostgreSQLStore.open(at: address("127.0.0.1"), mark: .test, limits: limits)
        }
        let known = folder.path("root.pem")
        let former = try Data(contentsOf: URL(filePath: known))
        try await makeCertificate(for: "localhost")
        try former.write(to: URL(filePath: known))
        let reason = await #expect(throws: StoreError.self) { try await PostgreSQLStore.open(at: address(), mark: .test, limits: limits) }
        #expect("\(try #require(reason))".contains("certificate"))
    }
}
#endif
