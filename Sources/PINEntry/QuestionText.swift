import DeviceProtocol

// What terminal and pinentry say alike.

extension Summary {
    /// The lines that say something, each on one line: an empty reference is one that is not there.
    var shown: [Line] {
        lines.filter { !$0.text.isEmpty }.map { Line($0.label, $0.text.split(separator: "\n").joined(separator: "\u{FFFD}")) }
    }
}

extension PINRequest {
    /// What the person calls what is wanted: "PIN", "PUK".
    var name: String {
        switch wanted {
        case .present(let name), .new(let name, _), .newAgain(let name): name
        }
    }

    /// What the last try may cost, in one sentence.
    var stake: String {
        let left = triesLeft == 1 ? "One try is left on \(device)" : "\(device) does not tell how many tries are left"
        return "\(left); \(name == "PUK" ? "after a wrong PUK nothing may help" : "after a wrong PIN only the PUK may help")."
    }
}

extension String {
    /// The text without what could move the cursor or reorder it: names of files and readers come from anywhere.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control where scalar != "\n", .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
