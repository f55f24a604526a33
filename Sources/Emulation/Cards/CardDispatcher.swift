internal import ISO7816

/// Finds the application that a command is for: SELECT by name here, everything else to the selected one.
///
/// The first application is the default one and selected after every reset; ISO/IEC 7816-4, 8.2.1.2 (implicit
/// selection). A SELECT that finds nothing leaves the current application, and its logins, as they are.
struct CardDispatcher {
    /// One name of one application.
    private struct Occurrence: Equatable {
        let applet: Int
        let name: [UInt8]
    }

    private var applets: [any CardApplet]
    /// All names of all applications, in their order.
    private let occurrences: [Occurrence]
    private var selected: Int?
    /// What the last SELECT by name found; `nil` since the reset.
    private var current: Occurrence?

    init(_ applets: [any CardApplet]) {
        self.applets = applets
        occurrences = applets.indices.flatMap { index in applets[index].names.map { Occurrence(applet: index, name: $0) } }
        selected = applets.indices.first
    }

    /// Whether the selected application answers with data that nobody asked for.
    var answersUnasked: Bool { selected.map { applets[$0].answersUnasked } ?? false }

    /// Ends all logins and goes back to the default application.
    mutating func reset() {
        for index in applets.indices { applets[index].deselect() }
        selected = applets.indices.first
        current = nil
    }

    /// Leaves the selected application for none of these, and ends its logins.
    mutating func selectElsewhere() {
        if let selected { applets[selected].deselect() }
        selected = nil
    }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        if command.instructionClass == 0, command.instruction == 0xA4, command.p1 == 0x04 { return select(command) }
        guard let selected else { return .status(.instructionNotSupported) }
        return applets[selected].process(command)
    }

    /// SELECT by name, which may be cut short on the right: FCI, FCP or nothing of the occurrence that P2 names;
    /// ISO/IEC 7816-4, table 63.
    private mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        guard [0x00, 0x04, 0x0C].contains(command.p2 & ~0x03) else { return .status(.wrongParameters) }
        guard (1...16).contains(command.data.count) else { return .status(.wrongData) }
        guard let found = occurrence(command.p2 & 0x03, of: command.data) else { return .status(.fileNotFound) }
        if let selected, selected != found.applet { applets[selected].deselect() }
        selected = found.applet
        current = found
        var whole = command
        whole.data = found.name
        var response = applets[found.applet].select(whole)
        // No response data wanted.
        if command.p2 & 0x0C == 0x0C { response.data = [] }
        return response
    }

    /// The first, last, next or previous application whose name begins so; next and previous go from the current one.
    ///
    /// Where none of them is current, next means the first and previous the last.
    private func occurrence(_ which: UInt8, of name: [UInt8]) -> Occurrence? {
        let first = occurrences.first { $0.name.starts(with: name) }
        guard which != 0x00 else { return first }
        let all = occurrences.filter { $0.name.starts(with: name) }
        let position = current.flatMap { all.firstIndex(of: $0) }
        switch which {
        case 0x02: return position.map { all.dropFirst($0 + 1).first } ?? first
        case 0x03: return position.map { all.prefix($0).last } ?? all.last
        default: return all.last
        }
    }
}
