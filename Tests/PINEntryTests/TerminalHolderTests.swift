import DeviceProtocol
import Foundation
import Glibc
import PINEntry
import Secrets
import TestSupport
import Testing

/// Two pipes in place of a terminal: what the script answers, and what it was asked.
private struct Script: ~Copyable {
    let answers: Int32
    let questions: Int32
    let holder: TerminalHolder
    private let descriptors: [Int32]

    init(_ text: String, patience: Duration = .seconds(60), ends: Bool = true) {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        _ = (pipe(&input), pipe(&output))
        _ = write(input[1], text, text.utf8.count)
        if ends { close(input[1]) }
        answers = input[1]
        questions = output[0]
        holder = TerminalHolder(input: input[0], output: output[1], patience: patience)
        descriptors = ends ? [input[0], output[0], output[1]] : [input[0], input[1], output[0], output[1]]
    }

    var asked: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(questions, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}

@Suite struct TerminalHolderTests {
    let payment = Summary(title: "Payment", lines: [.init("IBAN", "LU28 0019 4006 4475 0000"), .init("Amount", "12.50 EUR")])

    private func request(tries: Int? = 3, wrong: Bool = false) -> PINRequest {
        PINRequest(summary: payment, device: "Smartcard", triesLeft: tries, previousWasWrong: wrong)
    }

    private func failure(of body: () async throws(HolderError) -> Void) async -> HolderError? {
        do throws(HolderError) {
            try await body()
            return nil
        } catch { return error }
    }

    @Test func `a PIN is one line, and the question shows the operation and the tries`() async throws {
        let script = Script("123456\nnot this\n")
        let pin = try await script.holder.pin(for: request())
        #expect(pin.count == 6)
        let digits = pin.takeBytes().withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        #expect(digits == Array("123456".utf8))
        let asked = script.asked
        #expect(asked.contains("12.50 EUR"))
        #expect(asked.contains("LU28 0019 4006 4475 0000"))
        #expect(asked.contains("3 tries left"))
        #expect(!asked.contains("123456"))
    }

    @Test func `a pinpad's prompt shows the operation, and where the PIN goes`() async {
        let script = Script("")
        let request = PINRequest(summary: payment, device: "Reader 00 00", triesLeft: 2, previousWasWrong: false)
        await script.holder.show(.enterPINOnPinpad(request))
        let first = script.asked
        #expect(first.contains("12.50 EUR"))
        #expect(first.hasSuffix("Enter the PIN on the keys of the reader \"Reader 00 00\" (2 tries left), not here.\n"))
        await script.holder.show(.enterPINOnPinpad(PINRequest(summary: payment, device: "R", triesLeft: nil, previousWasWrong: true)))
        #expect(script.asked == "Wrong PIN.\nEnter the PIN on the keys of the reader \"R\", not here.\n")
    }

    @Test func `a carriage return is no part of a PIN`() async throws {
        let script = Script("99\r\n")
        let pin = try await script.holder.pin(for: request())
        #expect(pin.count == 2)
    }

    @Test func `an empty line breaks off`() async {
        let script = Script("\n")
        #expect(await failure { () async throws(HolderError) in _ = try await script.holder.pin(for: request()) } == .cancelled)
    }

    @Test func `an input that has ended cannot answer`() async {
        let script = Script("")
        #expect(await failure { () async throws(HolderError) in _ = try await script.holder.pin(for: request()) } == .unavailable)
    }

    @Test func `a last line without an end still counts`() async throws {
        let script = Script("4321")
        let pin = try await script.holder.pin(for: request())
        #expect(pin.count == 4)
    }

    @Test func `a question that nobody answers ends with its deadline`() async {
        let script = Script("", patience: .milliseconds(1), ends: false)
        #expect(await failure { () async throws(HolderError) in try await script.holder.consent(to: payment) } == .timedOut)
    }

    @Test func `a question that was given up reads nothing of what has its descriptor's number later`() async throws {
        var (old, new): ([Int32], [Int32]) = ([0, 0], [0, 0])
        try #require(pipe(&old) == 0 && pipe(&new) == 0)
        let formerly = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(old[0])")
        let holder = TerminalHolder(input: old[0], output: open("/dev/null", O_WRONLY), patience: .milliseconds(1))
        #expect(await failure { () async throws(HolderError) in try await holder.consent(to: payment) } == .timedOut)
        _ = write(new[1], "yes\n", 4)
        dup2(new[0], old[0])
        // Wakes whoever still waits at the old pipe.
        close(old[1])
        let isOver = await eventually {
            let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
            return !numbers.contains { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == formerly }
        }
        #expect(isOver)
        var waiting: Int32 = 0
        #expect(ioctl(new[0], UInt(FIONREAD), &waiting) == 0 && waiting == 4)
        for descriptor in [old[0]] + new { close(descriptor) }
    }

    @Test func `a cancelled task stops asking`() async {
        let script = Script("", ends: false)
        let holder = script.holder
        let payment = payment
        let task = Task {
            do throws(HolderError) {
                try await holder.consent(to: payment)
                return HolderError?.none
            } catch { return error }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
    }

    @Test(arguments: [
        ("y", true), ("Y", true), ("n", false), ("", false), ("yes", true), ("YES", true), ("yess", false), ("ye", false), ("ja", false),
    ])
    func `only a plain yes agrees`(answer: String, agrees: Bool) async {
        let script = Script(answer + "\n")
        let refusal = await failure { () async throws(HolderError) in try await script.holder.consent(to: payment) }
        #expect(refusal == (agrees ? nil : .declined))
    }

    @Test(arguments: [("y", true), ("n", false)])
    func `the last try wants a yes of its own`(answer: String, permitted: Bool) async throws {
        let script = Script(answer + "\n")
        #expect(try await script.holder.permitsLastTry(request(tries: 1)) == permitted)
        #expect(script.asked.contains("One try is left"))
    }

    @Test(arguments: ["123456\n", "123456", "\n", ""])
    func `the question's line is ended, whatever was answered`(answer: String) async {
        let script = Script(answer)
        _ = await failure { () async throws(HolderError) in _ = try await script.holder.pin(for: request()) }
        #expect(script.asked.hasSuffix("left): \n"))
        let other = Script(answer)
        _ = await failure { () async throws(HolderError) in try await other.holder.consent(to: payment) }
        #expect(other.asked.hasSuffix("[y/N] \n"))
    }

    @Test func `what a person has to do elsewhere is said`() async {
        let script = Script("")
        await script.holder.show(.insertCard(reader: "Reader 0"))
        #expect(script.asked.contains("Reader 0"))
        await script.holder.show(.confirmOnDevice(payment))
        #expect(script.asked.contains("12.50 EUR"))
    }
}
