import ISO7816
import Synchronization

@testable import PCSC

/// A reader that expects exact control codes with exact bytes in exact order; anything else is refused and counted.
final class ScriptedReader: ReaderControl, ReaderPort {
    /// One call that is expected.
    struct Line: Sendable {
        let code: UInt32
        let input: [UInt8]
        let answer: Result<[UInt8], PCSCError>

        /// Expects `input` (hexadecimal, blanks allowed) under `code`, and answers `answer`.
        init(_ code: UInt32, _ input: String = "", _ answer: String) {
            self.code = code
            self.input = bytes(input)
            self.answer = .success(bytes(answer))
        }

        /// Expects `input` under `code`, and the call fails.
        init(_ code: UInt32, _ input: String = "", failing error: PCSCCode) {
            self.code = code
            self.input = bytes(input)
            answer = .failure(PCSCError(error, in: "SCardControl"))
        }
    }

    /// `CM_IOCTL_GET_FEATURE_REQUEST`, as `reader.h` has it: 0x42000000 + 3400.
    static let features: UInt32 = 0x4200_0D48

    private struct State {
        var script: ArraySlice<Line>
        var failures: [String] = []
        var limits: [Duration] = []
    }

    let reader = "Scripted Pinpad 00 00"
    let speaksT0: Bool
    private let attributes: [UInt32: [UInt8]]
    private let state: Mutex<State>

    init(_ script: [Line] = [], attributes: [UInt32: [UInt8]] = [:], speaksT0: Bool = false) {
        self.speaksT0 = speaksT0
        self.attributes = attributes
        state = Mutex(State(script: script[...]))
    }

    /// What did not go by the script, and what of it was never reached; empty when all went well.
    var failures: [String] {
        state.withLock { $0.failures + ($0.script.isEmpty ? [] : ["\($0.script.count) lines were never reached"]) }
    }

    /// The deadlines of what was asked, in order.
    var limits: [Duration] { state.withLock { $0.limits } }

    func control(_ code: UInt32, _ input: [UInt8]) throws(PCSCError) -> [UInt8] {
        let line: Line? = state.withLock { state in
            guard let line = state.script.popFirst() else {
                state.failures.append("after the end: \(code) \(input.hexadecimal)")
                return nil
            }
            if line.code == code, line.input == input { return line }
            state.failures.append("expected \(line.code) \(line.input.hexadecimal), got \(code) \(input.hexadecimal)")
            return nil
        }
        guard let line else { throw PCSCError(.unsupportedFeature, in: "SCardControl") }
        return try line.answer.get()
    }

    func attribute(_ id: UInt32) throws(PCSCError) -> [UInt8] {
        guard let value = attributes[id] else { throw PCSCError(.unsupportedFeature, in: "SCardGetAttrib") }
        return value
    }

    func perform<Value: Sendable>(
        within limit: Duration, _ body: @escaping @Sendable (any ReaderControl) throws(PCSCError) -> Value
    ) async throws(CardError) -> Value {
        state.withLock { $0.limits.append(limit) }
        do { return try body(self) } catch { throw error.cardError(in: reader) }
    }
}

/// Bytes from hexadecimal digits, with blanks wherever they help the eye.
func bytes(_ text: String) -> [UInt8] { [UInt8](hexadecimal: text.filter { $0 != " " }) ?? [] }
