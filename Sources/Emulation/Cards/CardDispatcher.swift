internal import ISO7816

/// Finds the application that a command is for: SELECT by name here, everything else to the selected one.
///
/// The first application is the default one and selected after every reset; ISO/IEC 7816-4, 8.2.1.2 (implicit
/// selection). A SELECT that finds nothing leaves the current application, and its logins, as they are.
struct CardDispatcher {
    private var applets: [any CardApplet]
    private var selected: Int?

    init(_ applets: [any CardApplet]) {
        self.applets = applets
        selected = applets.indices.first
    }

    /// Whether the selected application answers with data that nobody asked for.
    var answersUnasked: Bool { selected.map { applets[$0].answersUnasked } ?? false }

    /// Ends all logins and goes back to the default application.
    mutating func reset() {
        for index in applets.indices { applets[index].deselect() }
        selected = applets.indices.first
    }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        if command.instructionClass == 0, command.instruction == 0xA4, command.p1 == 0x04 { return select(command) }
        guard let selected else { return .status(.instructionNotSupported) }
        return applets[selected].process(command)
    }

    /// SELECT by name, which may be cut short on the right.
    private mutating func select(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p2 == 0x00 || command.p2 == 0x0C else { return .status(.wrongParameters) }
        guard (1...16).contains(command.data.count) else { return .status(.wrongData) }
        guard let index = applets.firstIndex(where: { $0.hasName(startingWith: command.data) }) else {
            return .status(.fileNotFound)
        }
        if let selected, selected != index { applets[selected].deselect() }
        selected = index
        var response = applets[index].select(command)
        // P2 = 0C: no response data wanted.
        if command.p2 == 0x0C { response.data = [] }
        return response
    }
}
