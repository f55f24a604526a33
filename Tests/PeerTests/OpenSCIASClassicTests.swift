import Crypto
import Emulation
import Foundation
import ISO7816
import TestSupport
import Testing

/// The twins of LuxTrust's cards, for which OpenSC has no driver: its tool carries the commands, openssl judges the signature.
///
/// OpenSC's own layer for T=0 (Le left out, GET RESPONSE, `6Cxx`) meets the card's.
@Suite(.serialized) struct OpenSCIASClassicTests {
    private static let message = Data("pay 10 EUR to LU28 0019 4006 4475 0000".utf8)

    /// What opensc-tool shows of each answer's data, in hexadecimal digits with spaces at the beginning of lines.
    private func answers(_ text: String) -> [[UInt8]] {
        text.components(separatedBy: "Received ").dropFirst().map { answer in
            answer.split(separator: "\n").dropFirst().prefix { !$0.hasPrefix("Sending") }
                .flatMap { [UInt8](hexadecimal: $0.prefix(48).trimmingCharacters(in: .whitespaces)) ?? [] }
        }
    }

    @Test(arguments: IASClassicFamily.allCases, CardTransmission.allCases)
    func `openssl verifies a signature made in two steps`(family: IASClassicFamily, transmission: CardTransmission) async throws {
        let settings = "enable_default_driver = true; card_drivers = default;"
        try await OpenSCBench.withCard(
            settings: settings, { try .iasClassic(family, holder: "Test Holder", authority: $0, now: $1, transmission: transmission) }
        ) { bench in
            let name = family == .v4 ? "A00000001840000001634200" : "A0000000180C000001634200"
            let digest = Array(SHA256.hash(data: Self.message)).hexadecimal
            let commands = [
                "00A404000C\(name)00", "00A4000002B00200", "00B0000000", "00B0010000", "00B0020000",
                "002000110C313233343536000000000000", "002241B606800142840102", "002A90A0229020\(digest)00", "002A9E9A00",
            ]
            let outcome = try await ChildProgram.run(
                "opensc-tool", ["--reader", bench.reader] + commands.flatMap { ["-s", $0] },
                environment: ["OPENSC_CONF": bench.configuration.path])
            let received = outcome.text.components(separatedBy: "Received (SW1=0x90, SW2=0x00)").count - 1
            #expect(received == commands.count, "\(outcome.text)\(outcome.complaints)")
            let data = answers(outcome.text)
            try #require(data.count == commands.count)
            try Data(data[2] + data[3] + data[4]).write(to: bench.folder.appending(path: "certificate.der"))
            try Data(data[8]).write(to: bench.folder.appending(path: "signature"))
            try Self.message.write(to: bench.folder.appending(path: "message"))
            let key = try await bench.run("openssl", "x509", "-inform", "der", "-in", bench.path("certificate.der"), "-noout", "-pubkey")
            try key.output.write(to: bench.folder.appending(path: "key.pem"))
            let verify = try await bench.run(
                "openssl", "dgst", "-sha256", "-verify", bench.path("key.pem"), "-signature", bench.path("signature"), bench.path("message")
            )
            #expect(verify.text == "Verified OK\n", "\(verify.text)\(verify.complaints)")
        }
    }

    /// OpenSC has a driver for Classic V3 (GemSAFE V1), which brings a DigestInfo to PSO: HASH.
    @Test func `OpenSC's own driver of Classic V3 logs in and signs`() async throws {
        try await OpenSCBench.withCard({ try .iasClassic(.v3, holder: "Test Holder", authority: $0, now: $1) }) { bench in
            let outcome = try await bench.pkcs11("--login", "--pin", "123456", "--test")
            #expect(outcome.status == 0 && outcome.text.hasSuffix("No errors\n"), "\(outcome.text)\(outcome.complaints)")
        }
    }
}
