import Foundation
import TestSupport
import Testing

@testable import HTTPDoor

@Suite struct `A door by TLS` {
    /// Keys and certificates made by OpenSSL: a root, a server, a client that is known, one that is not, and one of another root.
    private static func certificates(in folder: String) async throws {
        let script = """
            set -e
            root() {
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout $1.key -out $1.pem
            }
            leaf() {
                openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout $1.key -out $1.csr
                printf 'extendedKeyUsage=%s\\nsubjectAltName=%s\\n' "$3" "$4" >$1.ext
                openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 -extfile $1.ext -out $1.pem
            }
            root bank; root other
            leaf server bank serverAuth IP:127.0.0.1
            leaf core bank clientAuth DNS:core.bank.example
            leaf stranger bank clientAuth DNS:stranger.bank.example
            leaf wrong bank serverAuth DNS:core.bank.example
            leaf forged other clientAuth DNS:core.bank.example
            """
        let made = try await ChildProgram.run("sh", ["-c", "cd '\(folder)' && { \(script)\n}"])
        try #require(made.status == 0, "\(made.complaints)")
    }

    private func curl(_ folder: String, _ port: Int, _ client: String?, _ more: [String] = []) async throws -> ChildProgram.Outcome {
        let own = client.map { ["--cert", "\(folder)/\($0).pem", "--key", "\(folder)/\($0).key"] } ?? []
        return try await ChildProgram.run(
            "curl",
            ["--silent", "--show-error", "--max-time", "60", "--cacert", "\(folder)/bank.pem"] + own + more
                + ["https://127.0.0.1:\(port)/v1/things"])
    }

    @Test func `lets in whom a certificate of its roots names`() async throws {
        try await TemporaryFolder.lend { folder in
            try await Self.certificates(in: folder)
            let place = TLSPlace(
                address: "127.0.0.1", port: 0, certificates: folder + "/server.pem", key: folder + "/server.key",
                clientRoots: folder + "/bank.pem", roles: ["core.bank.example": [.observer]])
            try await OpenDoor.at(.tls(place)) { door in
                guard case .tcp(_, let port) = door.address else { throw DoorNeverOpened() }
                for refused in [nil, "wrong", "forged"] {
                    let outcome = try await curl(folder, port, refused)
                    #expect(outcome.status != 0, "\(refused ?? "nobody")")
                    #expect(outcome.output.isEmpty)
                }
                let plain = try await RawPeer.send(RawPeer.request("GET /v1/things"), to: door.address)
                #expect(!plain.contains("things"))
                let stranger = try await curl(folder, port, "stranger")
                #expect(stranger.text.contains(#""code":"unauthenticated""#), "\(stranger.complaints)")
                #expect(door.calls.all == [])
                let core = try await curl(folder, port, "core")
                #expect(core.text == "things", "\(core.complaints)")
                #expect(door.calls.all == ["list by core.bank.example"])
            }
        }
    }

    @Test func `speaks TLS 1.2 and nothing older`() async throws {
        try await TemporaryFolder.lend { folder in
            try await Self.certificates(in: folder)
            let place = TLSPlace(
                address: "127.0.0.1", port: 0, certificates: folder + "/server.pem", key: folder + "/server.key",
                clientRoots: folder + "/bank.pem", roles: ["core.bank.example": [.observer]])
            try await OpenDoor.at(.tls(place)) { (door) async throws in
                guard case .tcp(_, let port) = door.address else { throw DoorNeverOpened() }
                // Without these curl itself would refuse what is older.
                let anything = ["--tlsv1.0", "--ciphers", "DEFAULT:@SECLEVEL=0"]
                let core = try await curl(folder, port, "core", anything + ["--tls-max", "1.2"])
                #expect(core.text == "things", "\(core.complaints)")
                for version in ["1.0", "1.1"] {
                    let old = try await curl(folder, port, "core", anything + ["--tls-max", version])
                    #expect(old.status != 0, "\(version)")
                    #expect(old.output.isEmpty, "\(version)")
                }
                #expect(door.calls.all == ["list by core.bank.example"])
            }
        }
    }

    @Test func `says which file cannot be used`() async throws {
        try await TemporaryFolder.lend { folder in
            let place = TLSPlace(
                address: "127.0.0.1", port: 0, certificates: folder + "/none.pem", key: folder + "/none.key",
                clientRoots: folder + "/none.pem", roles: [:])
            await #expect {
                try await OpenDoor.at(.tls(place)) { _ in }
            } throws: { error in
                guard case .certificate(folder + "/none.pem", _)? = error as? DoorError else { return false }
                return true
            }
        }
    }
}
