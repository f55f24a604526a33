import DeviceProtocol
import Foundation
import Testing

@Suite struct DescriptorTests {
    private func roundTrip<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    @Test(arguments: DeviceKind.allCases)
    func `a descriptor comes back from JSON as it was`(kind: DeviceKind) throws {
        for form in Presentation.Form.allCases {
            let descriptor = DeviceDescriptor(
                id: try DeviceID("SC-0001"), kind: kind, name: "Scan \"é\" 1", takes: form,
                capabilities: Set(Capability.allCases.prefix(kind.rawValue.count % 5)), isEmulated: kind == .scan)
            #expect(try roundTrip(descriptor) == descriptor)
        }
    }

    @Test func `the words in JSON are those that other programs read`() throws {
        let descriptor = DeviceDescriptor(
            id: try DeviceID("SC-0001"), kind: .identityCard, name: "eID", takes: .plain, capabilities: [.asksPIN], isEmulated: false)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(descriptor), as: UTF8.self)
                == #"{"capabilities":["asksPIN"],"id":"SC-0001","isEmulated":false,"kind":"identityCard","name":"eID","takes":"plain"}"#)
    }

    @Test(arguments: [
        #"{"capabilities":[],"id":"SC 1","isEmulated":false,"kind":"scan","name":"x","takes":"sealed"}"#,
        #"{"capabilities":[],"id":"","isEmulated":false,"kind":"scan","name":"x","takes":"sealed"}"#,
        #"{"capabilities":["flies"],"id":"SC-1","isEmulated":false,"kind":"scan","name":"x","takes":"sealed"}"#,
        #"{"capabilities":[],"id":"SC-1","isEmulated":false,"kind":"phone","name":"x","takes":"sealed"}"#,
        #"{"capabilities":[],"id":"SC-1","kind":"scan","name":"x","takes":"sealed"}"#,
    ])
    func `JSON with an unknown word, a bad id or a missing field is refused`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(DeviceDescriptor.self, from: Data(text.utf8)) }
    }

    @Test(arguments: ["a", "SC-0001", "sha256:0123abcd", String(repeating: "x", count: 64), "!~"])
    func `a device id of printable ASCII is taken`(text: String) throws {
        #expect(try DeviceID(text).rawValue == text)
        #expect("\(try DeviceID(text))" == text)
        #expect(try roundTrip([DeviceID(text)]).map(\.rawValue) == [text])
    }

    @Test(arguments: ["", " ", "SC 1", "SC-1\n", "SÇ-1", String(repeating: "x", count: 65), "\u{0}", "\u{7F}"])
    func `a device id that could be misread is refused`(text: String) {
        #expect(DeviceID(rawValue: text) == nil)
        let refusal = ContentError.invalidIdentifier("a device has 1 to 64 printable ASCII characters without spaces")
        #expect(throws: refusal) { try DeviceID(text) }
    }

    @Test func `a presentation knows its form`() throws {
        let challenge = try Example.all()[0].challenge
        #expect([Presentation.nothing, .sealed("SC1:"), .plain(challenge)].map(\.form) == [.nothing, .sealed, .plain])
    }

    @Test(arguments: [Evidence.Binding.content, .operation])
    func `evidence comes back from JSON as it was`(binding: Evidence.Binding) throws {
        for example in try Example.all() {
            let evidence = Evidence(
                operation: "\(example.challenge.id)", subscriber: "ada", device: try DeviceID("SC-0001"), kind: .scan,
                shown: example.challenge.summary,
                challengeDigest: String(repeating: "0a", count: 32), answer: "q83v",
                acceptedAt: Date(timeIntervalSince1970: 1_700_000_000.25),
                binding: binding, isEmulated: true)
            #expect(try roundTrip(evidence) == evidence)
            let text = String(decoding: try JSONEncoder().encode(evidence), as: UTF8.self)
            #expect(text.contains("\"binding\":\"\(binding == .content ? "content" : "operation")\""))
        }
    }
}
