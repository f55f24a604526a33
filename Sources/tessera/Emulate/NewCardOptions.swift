import Emulation

/// The options that describe a new card, each with its value as a person writes it: what the card's file remembers, and what
/// whoever opens the file may not contradict.
struct NewCardOptions {
    /// Those that the person gave.
    var given: [String: String] = [:]
    /// What goes without saying.
    var usual: [String: String] = [:]

    /// What a card is made with.
    var all: [String: String] { usual.merging(given) { $1 } }

    /// Takes an option over, as far as it was given.
    mutating func take(_ option: String, _ value: String?, otherwise usual: String? = nil) {
        given[option] = value
        self.usual[option] = usual
    }

    /// Checks that nothing given contradicts the card that is in `file` already.
    ///
    /// - Parameter notes: what the card was made with; `nil` when it does not say.
    /// - Throws: ``Failure``.
    func check(against notes: [String: String]?, in file: String) throws(Failure) {
        for (option, value) in given.sorted(by: { $0.key < $1.key }) where notes?[option] != value {
            let hint = "leave \(option) out, or choose another file for a new card"
            guard let notes else {
                throw Failure("\"\(file)\" has a card already, and does not say which \(option) it was made with", hint: hint, exit: .usage)
            }
            let truth = notes[option].map { "with \(option) \(Self.quoted($0))" } ?? "without \(option)"
            throw Failure("the card in \"\(file)\" was made \(truth)", hint: hint, exit: .usage)
        }
    }

    private static func quoted(_ value: String) -> String { value.contains(" ") ? "\"\(value)\"" : value }
}
