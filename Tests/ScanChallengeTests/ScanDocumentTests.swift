import Foundation
import Testing

@testable import DeviceProtocol
@testable import ScanChallenge

/// `Docs/ScanChallenge.md` says what the code does: its tables, sizes and characters.
@Suite struct ScanDocumentTests {
    private let document: String

    init() throws { document = try ScanDocument.text() }

    /// What rows of the form `| number | CODE CODE |` say, for codes of this length.
    private func table(codesOf length: Int) -> [String: Int] {
        var table: [String: Int] = [:]
        for row in document.split(separator: "\n") {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2, let number = Int(cells[0]) else { continue }
            for code in cells[1].split(separator: " ") where code.count == length && code.allSatisfy(\.isUppercase) {
                #expect(table.updateValue(number, forKey: String(code)) == nil, "\(code) stands there twice")
            }
        }
        return table
    }

    @Test func `the lengths of IBANs and the decimals of currencies are those of the code`() {
        #expect(table(codesOf: 2) == IBAN.lengths)
        #expect(table(codesOf: 3) == Currency.exponents)
    }

    @Test func `the characters that hide outside of the refused categories are those that are listed, and all are refused`() throws {
        let sentence = try #require(document.firstRange(of: "Outside of these categories that"))
        let list = document[sentence.upperBound...].prefix { $0 != "." }
        var listed = Set<UInt32>()
        for part in list.replacing(" and ", with: ", ").split(separator: ",") {
            let ends = part.matches(of: /U\+([0-9A-F]+)/).compactMap { UInt32($0.output.1, radix: 16) }
            guard let first = ends.first, let last = ends.last else { continue }
            listed.formUnion(first...last)
        }
        let refused: Set<Unicode.GeneralCategory> = [
            .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
        ]
        // Planes 2 to 13 have ideographs only, 15 and 16 are for private use.
        for value in Array(UInt32(0)...0x1_FFFF) + Array(0xE_0000...0xE_0FFF) {
            guard let scalar = Unicode.Scalar(value), !refused.contains(scalar.properties.generalCategory) else { continue }
            let isListed = listed.contains(value)
            if scalar.properties.isDefaultIgnorableCodePoint != isListed { Issue.record("U+\(String(value, radix: 16))") }
            guard isListed else { continue }
            #expect(throws: ContentError.forbiddenCharacter(field: "payee", scalar: value)) {
                try DisplayText("a\(scalar)", field: "payee", limit: 9)
            }
        }
        #expect(listed.count > 250)
    }

    @Test func `the sizes of the module are those of the code`() {
        let sizes = [
            ("origin", 1, Challenge.originLimit), ("place", 0, Login.limit), ("browser", 0, Login.limit), ("name", 1, Payment.payeeLimit),
            ("payee", 1, Payment.payeeLimit), ("reference", 0, Payment.referenceLimit), ("product", 1, Activation.limit),
            ("device", 1, Activation.limit), ("rule", 1, SignerRole.limit), ("role", 1, SignerRole.limit),
        ]
        for (field, least, most) in sizes {
            let line = document.split(separator: "\n").filter { $0.hasPrefix("    \(field) ") && $0.contains("Text (SIZE (") }
            #expect(!line.isEmpty && line.allSatisfy { $0.contains("Text (SIZE (\(least)..\(most)))") }, "\(field)")
        }
        for fact in [
            "INTEGER (1..\(Amount.maximum))", "SEQUENCE (SIZE (1..\(Batch.listedLimit))) OF Transfer", "INTEGER (1..\(Batch.countLimit))",
            "INTEGER (2..\(SignerRole.signatureLimit))", "at most \(ScanEnvelope.characterLimit) characters",
            "a payload has at most 340 bytes",
        ] { #expect(document.contains(fact), "\(fact)") }
    }

    @Test func `340 bytes of payload fit, and 341 do not`() {
        for (payload, fits) in [(340, true), (341, false)] {
            let bytes = [UInt8](repeating: 0, count: 1 + 8 + 32 + payload + 16)
            #expect((ScanEnvelope.prefix.utf8.count + Base45.encode(bytes).utf8.count <= ScanEnvelope.characterLimit) == fits)
        }
    }
}
