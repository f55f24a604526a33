/// What the display of a Token shows.
public enum TokenDisplay: Hashable, Sendable {
    /// A code, and for how many more seconds it is the current one, 1 to 30.
    case code(String, secondsLeft: Int)
    /// The product has reached the end of its life and shows nothing else any more.
    case endOfLife
    /// The clock stands at a time that no code exists for: before 1970.
    case clockFault
}

extension TokenDisplay: CustomStringConvertible {
    /// The characters on the display: `492 039  17 s`.
    public var description: String {
        switch self {
        case .code(let code, let seconds): "\(code.prefix(3)) \(code.dropFirst(3))  \(seconds) s"
        case .endOfLife: "END"
        case .clockFault: "ERR"
        }
    }
}
