/// How long commands and answers may be on the way to one card: found out once, when the card is opened.
///
/// Extended length needs both ends: the card announces it, and the reader passes it. What fits the short form travels in it
/// all the same, because more cards get that right. ISO/IEC 7816-4, 5.2 and 12.1.1.9.
public struct LengthLimits: Hashable, Sendable {
    /// The most data bytes of one command.
    public let maximumData: Int
    /// The most answer bytes that one command may ask for (Le).
    public let maximumExpected: Int

    private init(maximumData: Int, maximumExpected: Int) {
        self.maximumData = maximumData
        self.maximumExpected = maximumExpected
    }

    private init(_ form: CommandAPDU.Form) { self.init(maximumData: form.maximumData, maximumExpected: form.maximumExpected) }

    /// One byte for Lc and Le: what every card and every reader takes.
    public static let short = LengthLimits(.short)
    /// Two bytes for Lc and Le, without any other bound.
    public static let extended = LengthLimits(.extended)

    /// Whether the extended form is allowed at all.
    public var allowExtended: Bool { self != .short }

    /// The form that `command` has to travel in: extended only where the short one would cut it, and the bounds admit it.
    public func form(for command: CommandAPDU) -> CommandAPDU.Form {
        let needsExtended = command.data.count > Self.short.maximumData || (command.expectedLength ?? 0) > Self.short.maximumExpected
        return needsExtended && allowExtended && command.data.count <= maximumData ? .extended : .short
    }

    /// Reads what EF.ATR/INFO says of them: DO `7F66`, the most bytes of a whole command and of a whole answer.
    ///
    /// What leaves no room for more than the short form means ``short``.
    ///
    /// - Parameter file: the file's content. ISO/IEC 7816-4, 12.7.1.
    /// - Returns: `nil` where it does not say it clearly.
    public init?(parsing file: [UInt8]) {
        guard let objects = try? TLV.series(parsing: file),
            let numbers = try? TLV.series(parsing: objects.first(0x7F66) ?? []).filter({ $0.tag == 0x02 }), numbers.count == 2,
            numbers.allSatisfy({ (1...4).contains($0.value.count) })
        else { return nil }
        let bounds = numbers.map { $0.value.reduce(0) { $0 << 8 | Int($1) } }
        // Seven bytes of header and Lc and two of Le; two of the status word.
        let data = min(bounds[0] - 9, CommandAPDU.Form.extended.maximumData)
        let expected = min(bounds[1] - 2, CommandAPDU.Form.extended.maximumExpected)
        let isLonger = data > Self.short.maximumData && expected > Self.short.maximumExpected
        self = isLonger ? LengthLimits(maximumData: data, maximumExpected: expected) : .short
    }
}

extension CardChannel {
    /// Finds out the limits of the card and of the way to it; two commands where the card refers to EF.ATR/INFO, else none.
    ///
    /// To be called before an application is selected: it may select another file.
    ///
    /// - Throws: ``CardError`` of the channel; a card that refuses to tell is no error, and gets short commands.
    public func lengthLimits(within budget: TimeBudget) async throws(CardError) -> LengthLimits {
        guard let capabilities = atr.capabilities, capabilities.extendedLength || capabilities.lengthsInFile else { return .short }
        guard await passesExtendedLength else { return .short }
        guard capabilities.lengthsInFile else { return .extended }
        // What the card takes where its file does not say it.
        let unsaid: LengthLimits = capabilities.extendedLength ? .extended : .short
        // EF.ATR/INFO by its path from the master file, no answer data wanted; ISO/IEC 7816-4, 11.2.2 and 12.1.1.2.
        let select = CommandAPDU(instruction: 0xA4, p1: 0x08, p2: 0x0C, data: [0x2F, 0x01])
        guard try await send(select, within: budget).status == .success else { return unsaid }
        let file = try await send(CommandAPDU(instruction: 0xB0, expectedLength: 256), within: budget)
        guard file.status == .success || file.status == .endOfFile else { return unsaid }
        return LengthLimits(parsing: file.data) ?? unsaid
    }

    /// Sends a command that does nothing but read, with the longest Le that `limits` allow.
    ///
    /// - Parameters: as ``sendReading(_:limits:recalls:within:)`` has them.
    /// - Throws: ``CardError``; a status word other than success is not an error here.
    public func read(
        _ command: CommandAPDU, limits: inout LengthLimits, recalls: Bool = false, within budget: TimeBudget
    ) async throws(CardError) -> ResponseAPDU {
        var command = command
        command.expectedLength = limits.maximumExpected
        return try await sendReading(command, limits: &limits, recalls: recalls, within: budget)
    }

    /// Sends a command that does nothing but read, with its own Le.
    ///
    /// A card that announces extended length and refuses it with `6700` is asked again in the short form, and `limits`
    /// become short for good. Never for a signature: nobody knows what a card has done before it complains.
    ///
    /// - Parameter recalls: as ``send(_:form:mayRepeat:recalls:within:)`` has it.
    /// - Throws: ``CardError``; a status word other than success is not an error here.
    public func sendReading(
        _ command: CommandAPDU, limits: inout LengthLimits, recalls: Bool = false, within budget: TimeBudget
    ) async throws(CardError) -> ResponseAPDU {
        let form = limits.form(for: command)
        let response = try await send(command, form: form, recalls: recalls, within: budget)
        guard form == .extended, response.status == .wrongLength else { return response }
        limits = .short
        var command = command
        command.expectedLength = command.expectedLength.map { min($0, limits.maximumExpected) }
        return try await send(command, recalls: recalls, within: budget)
    }
}
