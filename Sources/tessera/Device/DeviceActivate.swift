import ArgumentParser
import DeviceProtocol
import Foundation
import Secrets
import Verification

/// `tessera device activate`.
struct DeviceActivate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Go on with the activation of a device: one step, or what comes next.",
        discussion: """
            The step that comes next is asked for, or read from a file: a code, the serial
            number, a name, a password, or three questions and answers, each on a line of
            its own. A Token approves with its code; what a Scan, a phone or a card answers
            is submitted by the program that shows it.

            \(StoreOptions.besides)

            Examples:
              tessera device activate ORDER --status --store bank.sqlite
              tessera device activate ORDER --store bank.sqlite
              tessera device activate ORDER --file code.txt --store bank.sqlite --json
            """)

    @Argument(help: "The order.")
    var order: EnrolmentID
    @Option(help: "The file with what the step asks for.", completion: .file())
    var file: String?
    @Flag(help: "Take no step: show which is next.")
    var status = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let desk = try await store.desk()
        if !status {
            let (ordered, step) = try await desk.activations.state(of: order)
            guard let next = try await store.next(step, of: ordered, at: desk) else {
                throw Failure("there is no step left", hint: "look at the device", exit: .refused)
            }
            _ = try await desk.activations.prove(proof(of: next, at: desk), for: order)
        }
        let (known, following, next) = try await Desk.afterwards { try await store.standing(of: order, at: desk) }
        try output.print(OrderReport(known, next: following)) {
            let done = status ? "done: \(known.record.done.map(\.telling).joined(separator: ", "))\n" : ""
            return done + (next?.text ?? "The order is \(known.record.state.rawValue).")
        }
    }

    private func proof(of next: NextStep, at desk: Desk) async throws -> Activations.Proof {
        switch next.step {
        case .keys:
            let hint = next.registration.map { "run \"\($0)\"" } ?? NextStep.pairing
            throw Failure("the device's keys come next", hint: hint, exit: .refused)
        case .activationCode: return .activationCode(try await typed("activation code"))
        case .challengeCode: return .challengeCode(try await typed("challenge code"))
        case .initialPassword: return .initialPassword(try await typed("initial password"))
        case .newPassword: return .newPassword(try await typed("new password"))
        case .serialNumber: return .serialNumber(try await typed("serial number").reveal())
        case .deviceName: return .deviceName(try await typed("name").reveal())
        case .securityQuestions: return .securityQuestions(try await questions())
        case .approval, .lastApproval: return .approval(try await approval(at: desk))
        }
    }

    private func typed(_ name: String) async throws -> HeldSecret {
        try await PersonSecret.read(file, name, of: order.rawValue, option: "--file")
    }

    /// Questions and answers, in turn.
    private func questions() async throws -> [(text: String, answer: HeldSecret)] {
        guard let file else {
            throw Failure(
                "the questions come from a file", hint: "give --file with a question and an answer on each two lines", exit: .usage)
        }
        let lines = String(decoding: try InputFile.read(file), as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        guard lines.count.isMultiple(of: 2) else {
            throw Failure("\"\(file)\" has a question without an answer", hint: "write each answer on the line below", exit: .usage)
        }
        return try stride(from: 0, to: lines.count, by: 2).map {
            (text: lines[$0], answer: HeldSecret(try .copying(lines[$0 + 1].utf8)))
        }
    }

    /// Asks a Token for its code, and submits that.
    private func approval(at desk: Desk) async throws -> ChallengeID {
        let asked = try await desk.activations.approval(of: order)
        let enrolment = try await desk.enrolment(of: asked.device)
        guard enrolment.product == .token else {
            throw Failure(
                "the \(enrolment.product) answers what it is shown, which this command cannot do",
                hint: "let the program that shows it submit the answer", exit: .refused)
        }
        let code = try await typed("code")
        let operation = try await desk.operations.begin(
            asked.content, for: enrolment.subscriber, with: asked.device, idempotencyKey: UUID().uuidString)
        guard case .succeeded = try await desk.operations.submit(.code(code.reveal()), to: operation.id) else {
            throw Failure("the code is not accepted", hint: "wait for the next one", exit: .refused)
        }
        return operation.id
    }
}
