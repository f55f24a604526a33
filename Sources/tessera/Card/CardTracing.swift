import ArgumentParser
import CardTrace
import Foundation

/// `tessera card trace`: shows the conversation of another `tessera card` command, or plays one again.
struct CardTracing: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Show every command to the card and its answer, record them, or play a recording.",
        discussion: """
            What follows is a command of "tessera card" with its own options. A PIN is
            never in a trace: of commands that carry one, the header alone is shown.
            Certificates are, and they name their holder.

            Without --output the conversation goes to standard error; with it, to a file of
            JSON lines, which --replay plays again on a machine without the card.

            Examples:
              tessera card trace info
              tessera card trace --output conversation.jsonl sign contract.pdf
              tessera card trace --replay conversation.jsonl info
            """)

    @Option(name: [.customShort("o"), .customLong("output")], help: "Record to this file, one JSON object a line.")
    var target: String?
    @Option(help: "Play this recording in place of readers and cards.", completion: .file())
    var replay: String?
    @Argument(parsing: .captureForPassthrough, help: "The command of \"tessera card\" with its options.")
    var command: [String]

    func validate() throws {
        if ["-h", "--help"].contains(command.first) { throw CleanExit.helpRequest(Self.self) }
        guard target.map(InputFile.isStandardOutput) != true else {
            throw ValidationError("The recording goes into a file: name one with --output. For people it is on standard error without.")
        }
        if let target, (command + [replay].compactMap(\.self)).contains(where: { isSameFile($0, target) }) {
            throw ValidationError("The recording would take the place of \"\(target)\": choose another --output.")
        }
        guard command.first != "trace" else { throw ValidationError("A trace of a trace is the same trace: name another command.") }
    }

    func run() async throws {
        var settings = CardConversation.Settings()
        if let replay {
            let text = String(decoding: try InputFile.read(replay), as: UTF8.self)
            do throws(TraceError) {
                settings.replay = try ReplayedSource(try TraceLine.events(parsing: text))
            } catch {
                throw Failure("\(replay): \(error)", hint: "record it with \"tessera card trace --output FILE\"", exit: .usage)
            }
            guard settings.replay?.slots().isEmpty == false else {
                throw Failure(
                    "\(replay): no card is in this recording", hint: "record one with \"tessera card trace --output FILE\"", exit: .usage)
            }
        }
        if let target { try OutputGuard.check(target) }
        let parsed = try Card.parseAsRoot(command)
        if let target { settings.listener = try TraceWriter(file: target) } else if replay == nil { settings.listener = TraceWriter() }
        var ending: (any Error)?
        do {
            try await CardConversation.$settings.withValue(settings) {
                if var command = parsed as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    var command = parsed
                    try command.run()
                }
            }
        } catch { ending = error }
        if let failure = settings.listener?.failure(besides: ending) { throw failure }
        if let ending { throw ending }
    }
}
