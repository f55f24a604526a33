import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

/// OpenSC's piv-tool manages an emulated card of the standard, without anybody's extensions.
@Suite(.serialized) struct PIVToolTests {
    /// piv-tool with the management key in a file, as it wants it.
    private func pivTool(
        _ bench: PIVManagementBench, key: [UInt8] = [UInt8](hexadecimal: PIVManagementBench.wellKnownKey) ?? [], _ arguments: String...
    ) async throws -> ChildProgram.Outcome {
        let file = bench.path("management.key")
        try Data(key.map { String(format: "%02X", $0) }.joined(separator: ":").utf8).write(to: URL(filePath: file))
        return try await ChildProgram.run(
            "piv-tool", ["--reader", bench.card.reader] + arguments,
            environment: ["OPENSC_CONF": bench.card.configuration.path, "PIV_EXT_AUTH_KEY": file])
    }

    /// The answer that piv-tool prints for a command: status and data.
    private func answer(_ outcome: ChildProgram.Outcome) -> (status: String, data: [UInt8]) {
        let lines = outcome.text.split(separator: "\n").drop { !$0.hasPrefix("Received") }
        // Two digits and a space for each byte, then the same bytes as characters.
        let data = lines.dropFirst().compactMap { [UInt8](hexadecimal: $0.prefix($0.count / 4 * 3)) }.joined()
        return (lines.first.map(String.init) ?? "", Array(data))
    }

    /// Makes a key in 9A and gives its SubjectPublicKeyInfo.
    ///
    /// OpenSC 0.23 has the card make the key and then fails to write it down, whatever the card (RSA: OpenSC, issue 3156;
    /// EC: it names no curve to OpenSSL 3); the same command by hand shows what the card answered.
    private func generate(_ algorithm: UInt8, _ bench: PIVManagementBench) async throws -> [UInt8] {
        let number = [algorithm].hexadecimal
        let made = try await pivTool(bench, "--admin", "M:9B:03", "--genkey", "9A:\(number)", "--out", bench.path("public.pem"))
        if made.status != 0 { #expect(made.complaints.contains("gen_key unable to gen"), "\(made.complaints)") }
        let outcome = try await pivTool(bench, "--admin", "M:9B:03", "--send-apdu", "00:47:00:9A:05:AC:03:80:01:\(number):00")
        let (status, data) = answer(outcome)
        #expect(status.contains("SW1=0x90, SW2=0x00"), "\(outcome.text)\(outcome.complaints)")
        let parts = try TLV(parsingFirstOf: data).children()
        if algorithm == 0x07 {
            let numbers = try ([0x81, 0x82] as [UInt32]).map { tag in
                let number = try parts.required(tag)
                return TLV(0x02, number.first.map { $0 >= 0x80 } == true ? [0] + number : number)
            }
            // rsaEncryption; RFC 8017, A.1.
            let name = TLV(0x30, containing: [TLV(0x06, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]), TLV(0x05, [])])
            return TLV(0x30, containing: [name, TLV(0x03, [0] + TLV(0x30, containing: numbers).encoded)]).encoded
        }
        // id-ecPublicKey with secp256r1 or secp384r1; RFC 5480, 2.1.1.
        let curve: [UInt8] = algorithm == 0x11 ? [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07] : [0x2B, 0x81, 0x04, 0x00, 0x22]
        let name = TLV(0x30, containing: [TLV(0x06, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]), TLV(0x06, curve)])
        return TLV(0x30, containing: [name, TLV(0x03, [0] + (try parts.required(0x86)))]).encoded
    }

    @Test(
        arguments: [(0x07, "SHA256-RSA-PKCS", "sha256"), (0x11, "ECDSA-SHA256", "sha256"), (0x14, "ECDSA-SHA384", "sha384")]
            as [(UInt8, String, String)])
    func `a key made with piv-tool, and the certificate it imports, pass OpenSC's tests`(
        algorithm: UInt8, mechanism: String, digest: String
    ) async throws {
        try await PIVManagementBench.withCard(PIVOptions()) { bench in
            let key = try await generate(algorithm, bench)
            let certificate = try bench.authority.issue(holder: "Managed Holder", publicKey: key, usage: .authentication, now: bench.now)
            try Data(certificate).write(to: URL(filePath: bench.path("issued.der")))
            try await bench.openssl("x509", "-inform", "der", "-in", bench.path("issued.der"), "-out", bench.path("issued.pem"))
            _ = try await pivTool(bench, "--admin", "M:9B:03", "--cert", "9A", "--in", bench.path("issued.pem"))
            let read = try await bench.card.pkcs15("--read-certificate", "01")
            try read.output.write(to: URL(filePath: bench.path("read.pem")))
            #expect(try await bench.certificate("read.pem") == Data(certificate))
            #expect(try await bench.card.signAndVerify(key: "01", mechanism: mechanism, digest: digest) == "Verified OK\nchain OK")
            let test = try await bench.card.pkcs11("--login", "--pin", "123456", "--test")
            #expect(test.status == 0 && test.text.contains("No errors"), "\(test.text)\n\(test.complaints)")
        }
    }

    @Test func `an object is written and read`() async throws {
        try await PIVManagementBench.withCard(PIVOptions()) { bench in
            try Data([0x53, 0x03, 0x01, 0x02, 0x03]).write(to: URL(filePath: bench.path("object")))
            // 9000 is the container of the security object, whose tag is 5FC106; SP 800-73-4 part 1, table 3.
            _ = try await pivTool(bench, "--admin", "M:9B:03", "--object", "9000", "--in", bench.path("object"))
            let outcome = try await pivTool(bench, "--send-apdu", "00:CB:3F:FF:05:5C:03:5F:C1:06:00")
            #expect(answer(outcome).data == [0x53, 0x03, 0x01, 0x02, 0x03], "\(outcome.text)")
        }
    }

    @Test(arguments: PIVManagementKey.Algorithm.allCases)
    func `card and tool show each other a key of each cipher`(algorithm: PIVManagementKey.Algorithm) async throws {
        let bytes = (0..<algorithm.keyLength).map { UInt8($0 * 5 + 3) }
        let key = try #require(PIVManagementKey(algorithm, bytes))
        let options = PIVOptions(managementKey: key)
        try await PIVManagementBench.withCard(options) { bench in
            let write = "00:DB:3F:FF:08:5C:03:5F:C1:06:53:01:AA"
            let reference = "M:9B:\([algorithm.rawValue].hexadecimal)"
            let allowed = try await pivTool(bench, key: bytes, "--admin", reference, "--send-apdu", write)
            #expect(answer(allowed).status.contains("SW1=0x90, SW2=0x00"), "\(allowed.text)\(allowed.complaints)")
            let wrong = try await pivTool(bench, key: bytes.reversed(), "--admin", reference, "--send-apdu", write)
            #expect(wrong.status != 0 && wrong.complaints.contains("admin_mode failed"), "\(wrong.text)\(wrong.complaints)")
            let without = try await pivTool(bench, "--send-apdu", write)
            #expect(answer(without).status.contains("SW1=0x69, SW2=0x82"), "\(without.text)")
        }
    }
}
