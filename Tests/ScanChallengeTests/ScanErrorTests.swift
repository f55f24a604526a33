import DeviceProtocol
import Testing

@testable import ScanChallenge

@Suite struct ScanErrorTests {
    private let errors: [ScanError] = [
        .notAScanChallenge, .malformed("character 7 is not of Base45"), .unknownVersion(9), .notAuthentic,
        .invalidContent(.empty(field: "payee")), .tooLarge(characters: 612, limit: 600), .unusableKey("a key id has 8 bytes, not 7"),
    ]

    @Test func `every error is a sentence of its own with a next step of its own`() {
        #expect(Set(errors.map(\.description)).count == errors.count)
        #expect(Set(errors.map(\.hint)).count == errors.count)
        for error in errors {
            #expect(error.description.count > 20 && !error.description.hasSuffix("."))
            #expect(error.hint.count > 10 && !error.hint.hasSuffix("."))
        }
    }

    @Test func `what was found wrong is part of the sentence`() {
        let details = ["", "character 7", "version 9", "", "payee may not be empty", "612", "8 bytes, not 7"]
        for (error, detail) in zip(errors, details) where !detail.isEmpty { #expect(error.description.contains(detail)) }
    }

    @Test func `the error for a forged seal does not say what was wrong`() {
        let sentence = ScanError.notAuthentic.description
        for reason in ["for this device", "bank", "altered"] { #expect(sentence.contains(reason)) }
    }
}
