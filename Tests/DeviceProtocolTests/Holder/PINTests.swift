import DeviceProtocol
import Secrets
import Testing

@Suite struct PINTests {
    @Test(arguments: ["", "1", "123456", "12345678"])
    func `a PIN hands over what was typed, once`(digits: String) throws {
        let pin = PIN(try SecretBytes.copying(digits.utf8))
        #expect(pin.count == digits.utf8.count)
        let bytes = pin.takeBytes()
        let same = bytes.withBytes { span in
            span.byteOffsets.allSatisfy { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == Array(digits.utf8)[$0] }
        }
        #expect(same && bytes.count == digits.utf8.count)
    }

    /// A person who answers nothing but what the protocol asks at least.
    private struct Silent: Holder {
        func show(_ prompt: Prompt) async {}
        func consent(to summary: Summary) async throws(HolderError) { throw .unavailable }
        func pin(for request: PINRequest) async throws(HolderError) -> PIN { throw .timedOut }
    }

    @Test func `nobody spends the last try without saying so`() async throws {
        let request = PINRequest(summary: Summary(title: "Login", lines: []), device: "Card", triesLeft: 1, previousWasWrong: false)
        #expect(try await Silent().permitsLastTry(request) == false)
    }
}
