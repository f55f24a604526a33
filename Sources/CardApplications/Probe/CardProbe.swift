public import CardProfiles
public import ISO7816

/// What an unknown card answers to harmless questions: a report that its holder can send in.
///
/// No PIN is asked for, none is sent, no try is spent, nothing is written, and no certificate is read: what names the holder
/// stays on the card. Every question is asked once.
public struct CardProbe: Sendable {
    /// One question with its answer.
    public struct Step: Equatable, Sendable {
        /// What was asked, in words.
        public let question: String
        /// The command as it was meant, before the transport cut it up.
        public let command: [UInt8]
        /// The status word; `nil` where no answer came.
        public let status: StatusWord?
        /// The data of the answer.
        public let data: [UInt8]
        /// Why no answer came.
        public let failure: CardError?
    }

    /// What the card said of itself when it was powered on.
    public let atr: ATR
    /// The cards that are known to answer so; others may as well.
    public let candidates: [ATRCandidate]
    /// Every question, in order; a failure of the channel is the last.
    public private(set) var steps: [Step] = []
    /// The family of each application that SELECT confirmed.
    public private(set) var confirmed: [String] = []

    /// Asks all questions.
    ///
    /// - Parameters:
    ///   - channel: a card that was just powered or reset.
    ///   - budget: how long all of it may take, one command more or less.
    public static func run(on channel: any CardChannel, within budget: TimeBudget = TimeBudget(.seconds(60))) async -> CardProbe {
        var probe = CardProbe(atr: channel.atr, candidates: ATRCandidate.all.filter { $0.pattern.value.matches(channel.atr) })
        for question in Question.general {
            guard let status = await probe.ask(question, on: channel, within: budget) else { return probe }
            // Only of the file that was asked for: another one may be selected, and hold what names somebody.
            guard question.isFile, status == .success else { continue }
            guard await probe.ask(.content, on: channel, within: budget) != nil else { return probe }
        }
        for profile in CardProfile.probes(for: channel.atr) {
            let question = Question.select(profile.family, profile.applicationID.value)
            guard let status = await probe.ask(question, on: channel, within: budget) else { return probe }
            guard status == .success else { continue }
            probe.confirmed.append(profile.family)
            for reference in Question.references(of: profile) {
                guard await probe.ask(.tries(profile.family, reference), on: channel, within: budget) != nil else { return probe }
            }
        }
        for application in ForeignApplication.all {
            let question = Question.select(application.name, application.applicationID.value)
            guard let status = await probe.ask(question, on: channel, within: budget) else { return probe }
            if status == .success { probe.confirmed.append(application.name) }
        }
        return probe
    }

    private init(atr: ATR, candidates: [ATRCandidate]) {
        self.atr = atr
        self.candidates = candidates
    }

    /// Asks, and notes the answer; `nil` when the card can be asked no more.
    private mutating func ask(_ question: Question, on channel: any CardChannel, within budget: TimeBudget) async -> StatusWord? {
        let command = (try? question.command.encoded()) ?? []
        do throws(CardError) {
            let answer = try await channel.send(question.command, within: budget)
            steps.append(Step(question: question.text, command: command, status: answer.status, data: answer.data, failure: nil))
            return answer.status
        } catch {
            steps.append(Step(question: question.text, command: command, status: nil, data: [], failure: error))
            return nil
        }
    }
}

/// A question that is harmless to every card.
private struct Question {
    let text: String
    let command: CommandAPDU

    /// What every card may be asked; ISO/IEC 7816-4, 11.2.2, 11.4.3 and 12.2; GlobalPlatform Card Specification, appendix H.6.
    static let general = [
        Question(
            text: "master file", command: CommandAPDU(instruction: 0xA4, p1: 0x00, p2: 0x00, data: [0x3F, 0x00], expectedLength: 256)),
        Question(
            text: "EF.ATR/INFO", command: CommandAPDU(instruction: 0xA4, p1: 0x02, p2: 0x00, data: [0x2F, 0x01], expectedLength: 256)),
        Question(text: "EF.DIR", command: CommandAPDU(instruction: 0xA4, p1: 0x02, p2: 0x00, data: [0x2F, 0x00], expectedLength: 256)),
        Question(
            text: "production data of the chip (CPLC)",
            command: CommandAPDU(instructionClass: 0x80, instruction: 0xCA, p1: 0x9F, p2: 0x7F, expectedLength: 256)),
    ]

    /// READ BINARY of what was just selected.
    static let content = Question(text: "its content", command: CommandAPDU(instruction: 0xB0, expectedLength: 256))

    /// Whether it selects a file whose content is public; SELECT under the current directory.
    var isFile: Bool { command.instruction == 0xA4 && command.p1 == 0x02 }

    static func select(_ name: String, _ applicationID: [UInt8]) -> Question {
        Question(
            text: "application \(name)",
            command: CommandAPDU(instruction: 0xA4, p1: 0x04, p2: 0x00, data: applicationID, expectedLength: 256))
    }

    /// VERIFY without data: asks for the tries, and costs none; ISO/IEC 7816-4, 11.5.6.
    static func tries(_ name: String, _ reference: UInt8) -> Question {
        Question(text: "tries of PIN \([reference].hexadecimal), \(name)", command: CommandAPDU(instruction: 0x20, p2: reference))
    }

    /// The PIN references that are known without reading the card.
    static func references(of profile: CardProfile) -> [UInt8] { profile.pin.map { [$0.value.reference] } ?? [] }
}
