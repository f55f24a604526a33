import Crypto
import DeviceProtocol
import Emulation
import Foundation
import Pictures
import ScanChallenge
import TestSupport
import Testing

/// `zbarimg` and zxing-cpp read every code that we draw, each many files at once.
@Suite struct QRJudgesTests {
    private static let package = Fixture.folder.deletingLastPathComponent()

    /// 200 texts: sealed challenges of every kind, pairings, addresses of web pages and letters of many alphabets.
    private func texts() async throws -> [String] {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        var challenges = RandomChallenges(seed: seed)
        let issuer = try ScanIssuer(id: "bank.example", privateKey: .init())
        let device = Curve25519.KeyAgreement.PrivateKey().publicKey
        let keys = try ScanSealingKey(id: ScanKeyID([1, 2, 3, 4, 5, 6, 7, 8]), presharedKey: SymmetricKey(size: .bits256))
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789-._~%&=")
        func word(_ count: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: count, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
        }
        var pairings: [String] = []
        for number in 1...20 { pairings += try await pairing(UInt32(number), issuer, using: &random) }
        return try (0..<200).map { number in
            switch number % 5 {
            case 0, 1:
                let payload = try ScanPayload(
                    sequence: ScanSequence(epoch: 1, counter: UInt32(number)), challenge: challenges.next())
                return try ScanSeal.seal(payload, to: device, keys: keys, issuer: issuer)
            case 2: return "https://\(word(3...12)).example/\(word(0...200))?\(word(1...20))"
            case 3: return pairings[number / 5]
            default: return ["tiqrauth://", "otpauth://totp/", "Grüße aus Lëtzebuerg ", "€ 例え "][number / 5 % 4] + word(1...80)
            }
        }
    }

    /// The two QR codes of a pairing, the second one after a device's answer to the first.
    private func pairing(_ number: UInt32, _ issuer: ScanIssuer, using random: inout SeededGenerator) async throws -> [String] {
        let (scan, record) = try EmulatedScan.manufacture(
            serial: DeviceID("SC-\(number)"), issuer: issuer.identity, using: &random)
        var pairing = try ScanPairing(
            record, enrolment: "enrolment-\(number)", sequence: ScanSequence(epoch: 1, counter: number), issuer: issuer, using: &random)
        guard case .code(let code) = try await scan.respond(to: .sealed(pairing.offer), with: ScriptedHolder()) else { return [] }
        #expect(try pairing.take(firstCode: code, issuer: issuer) == .accepted)
        return [pairing.offer, try #require(pairing.confirmation)]
    }

    /// Lends a folder with a file for each of `files`.
    private func withFiles<R>(_ files: [[UInt8]], suffix: String, _ body: ([String]) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try files.enumerated().map { number, bytes in
            let file = folder.appending(path: "\(number)\(suffix)")
            try Data(bytes).write(to: file)
            return file.path()
        }
        return try await body(paths)
    }

    /// What each judge reads, file by file; the texts hold no line break.
    private func judge(_ paths: [String], _ texts: [String]) async throws {
        let lines = try await Program.lines("zbarimg", ["-q", "--nodbus", "--raw", "-Sdisable", "-Sqrcode.enable"] + paths)
        #expect(lines == texts, "zbarimg")

        let answers = try await python("qr_read.py", paths).map {
            try JSONDecoder().decode([String].self, from: Data($0.utf8))
        }
        #expect(answers == texts.map { [$0] }, "zxing-cpp")
    }

    @Test func `zbarimg and zxing-cpp read 200 random codes from PNG files`() async throws {
        let texts = try await texts()
        let files = try texts.enumerated().map { try QRCode(encoding: $1).png(modulePixels: [3, 4, 7, 8][$0 % 4]) }
        try await withFiles(files, suffix: ".png") { try await judge($0, texts) }
    }

    @Test func `zbarimg and zxing-cpp read 200 random codes from SVG files that librsvg has drawn`() async throws {
        let texts = try await texts()
        let files = try texts.enumerated().map { Array(try QRCode(encoding: $1).svg(modulePixels: [3, 4, 5, 8][$0 % 4]).utf8) }
        try await withFiles(files, suffix: ".svg") { paths in
            let draw = "for file; do rsvg-convert --output \"$file.png\" \"$file\" || exit 1; done"
            _ = try await Program.output("sh", ["-c", draw, "sh"] + paths)
            try await judge(paths.map { $0 + ".png" }, texts)
        }
    }

    @Test func `our reader reads what Pillow has scaled, turned by up to 10 degrees and blurred`() async throws {
        let texts = try await Array(self.texts().shuffled().prefix(4))
        let files = try texts.map { try QRCode(encoding: $0).png() }
        try await withFiles(files, suffix: ".png") { paths in
            let lines = try await python("qr_distort.py", paths)
            #expect(lines.count == 8 * files.count)
            for (number, line) in lines.enumerated() {
                let parts = line.split(separator: "\t")
                let picture = Array(try Data(contentsOf: URL(filePath: String(parts[0]))))
                #expect(try QRReader.texts(in: picture) == [texts[number / 8]], "\(parts[1])")
            }
        }
    }

    /// The lines that a program of this folder writes, run with the packages of `scripts/setup.sh test`.
    private func python(_ script: String, _ arguments: [String]) async throws -> [String] {
        let python = Self.package.appending(path: ".build/venv/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Program.Failure(description: "no \(python): run make test")
        }
        return try await Program.lines(python, [Self.package.appending(path: "Tests/PeerTests/\(script)").path] + arguments)
    }
}
