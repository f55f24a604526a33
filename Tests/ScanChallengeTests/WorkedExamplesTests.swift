import DeviceProtocol
import Foundation
import TestSupport
import Testing

@testable import ScanChallenge

/// The description, the fixture and the code say the same.
///
/// With `TESSERA_WRITE_EXAMPLES=1` in the environment the examples are written into both files instead, for a person to look at.
@Suite struct WorkedExamplesTests {
    private static let begin = "<!-- worked examples -->\n"
    private static let end = "<!-- end of the worked examples -->"
    private static let fixture = Fixture.folder.appending(path: "scan/worked-examples.json")

    private let examples: [WorkedExample]
    private let document: String

    init() throws {
        examples = try WorkedExample.all()
        document = try ScanDocument.text()
        guard ProcessInfo.processInfo.environment["TESSERA_WRITE_EXAMPLES"] == "1" else { return }
        try Data(Self.json(examples).utf8).write(to: Self.fixture, options: .atomic)
        let head = try #require(document.range(of: Self.begin)).upperBound
        let tail = try #require(document.range(of: Self.end)).lowerBound
        let written = document[..<head] + "\n" + examples.map(\.markdown).joined(separator: "\n") + "\n" + document[tail...]
        try Data(written.utf8).write(to: ScanDocument.file, options: .atomic)
    }

    private static func json(_ examples: [WorkedExample]) -> String {
        """
        {
          "source": "Docs/ScanChallenge.md, written by WorkedExamplesTests; checked with pyhpke by PeerTests",
          "examples": [
        \(examples.map(\.json).joined(separator: ",\n"))
          ]
        }

        """
    }

    @Test func `the fixture has what the code computes`() throws {
        #expect(try String(contentsOf: Self.fixture, encoding: .utf8) == Self.json(examples))
    }

    @Test func `the description has what the code computes`() throws {
        let document = try ScanDocument.text()
        for example in examples { #expect(document.contains(example.markdown), "\(example.name)") }
    }

    @Test func `the examples open on the device, as the library that everybody uses opens them`() throws {
        let device = try WorkedExample.privateKey("device")
        let (keys, issuer) = try (WorkedExample.keys(), WorkedExample.issuer())
        for example in examples.dropFirst() {
            let payload = try ScanSeal.open(
                #require(example["text"]), device: device, keys: keys.sealing, issuer: issuer.identity)
            #expect(WorkedExample.Value("payload", payload.der).text == example["payload"])
            let code = try ScanCode.compute(ocraKey: keys.ocra, challenge: payload.challenge, device: DeviceID(WorkedExample.serial))
            #expect(code == example["code"])
        }
    }
}

/// `Docs/ScanChallenge.md`.
enum ScanDocument {
    static let file = Fixture.folder.deletingLastPathComponent().appending(path: "Docs/ScanChallenge.md")

    static func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
