import Testing

@testable import DeviceProtocol

/// python-stdnum (PyPI), which has the registry of ISO 13616, knows the same countries and lengths, and says the same of numbers.
@Suite struct PythonIBANTests {
    @Test func `python-stdnum agrees on every country's length, and on numbers right and wrong`() async throws {
        let lines = try await Python.lines("iban_judge.py").map { $0.split(separator: " ").map(String.init) }
        try #require(lines.allSatisfy { $0.count == 2 })
        var lengths: [String: Int] = [:]
        for line in lines where line[0].count == 2 { lengths[line[0]] = Int(line[1]) }
        #expect(lengths == IBAN.lengths)
        let numbers = lines.filter { $0[0].count > 2 }
        #expect(numbers.count == 4 * IBAN.lengths.count)
        #expect(numbers.count { $0[1] == "valid" } == IBAN.lengths.count)
        for number in numbers {
            let isOurs = (try? IBAN(number[0])) != nil
            #expect(isOurs == (number[1] == "valid"), "\(number[0])")
        }
    }
}
