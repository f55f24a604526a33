import Crypto
import PSKC
import Testing

/// Large containers: bounded unless somebody means it, and the lines of their keys are known.
struct SizeTests {
    private func document(_ count: Int, padding: Int = 0) throws -> [UInt8] {
        let space = String(repeating: " ", count: padding)
        var text = #"<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">"# + "\n"
        for number in 0..<count {
            text += "<KeyPackage>\(space)\n<Key Id=\"\(number)\" Algorithm=\"urn:ietf:params:xml:ns:keyprov:pskc:hotp\">"
            text += "<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>"
            text += "<Counter><PlainValue>0</PlainValue></Counter></Data></Key></KeyPackage>\n"
        }
        return Array((text + "</KeyContainer>\n").utf8)
    }

    @Test func `whoever was cancelled reads no further`() async throws {
        let bytes = try document(3)
        let reading = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try PSKCDocument(parsing: bytes).packageLines
        }
        await #expect(throws: PSKCError.cancelled) { try await reading.value }
    }

    @Test func `the line of each key is known`() throws {
        #expect(try PSKCDocument(parsing: document(3)).packageLines == [2, 4, 6])
    }

    @Test func `more than 16 MiB or 20,000 keys are read only when they are meant`() throws {
        let large = try document(3, padding: 6 << 20)
        #expect(throws: PSKCError.tooLarge("bytes")) { try PSKCDocument(parsing: large) }
        #expect(try PSKCDocument(parsing: large, within: .bulk).open().packages.count == 3)
        let many = try document(20_001)
        #expect(throws: PSKCError.tooLarge("keys")) { try PSKCDocument(parsing: many) }
        #expect(try PSKCDocument(parsing: many, within: .bulk).packageLines.count == 20_001)
    }

    @Test func `a document of more than 10 MB, which libxml2 takes only in pieces, is read`() throws {
        #expect(try PSKCDocument(parsing: document(3, padding: 4 << 20)).open().packages.count == 3)
    }
}
