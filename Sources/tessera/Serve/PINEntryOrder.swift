import DeviceProtocol
import PINEntry

/// Where a PIN is entered, in the order in which it is tried.
struct PINEntryOrder: Equatable {
    /// One place.
    enum Place: Equatable, CustomStringConvertible {
        /// The keys of the reader, where it has some.
        case pinpad
        /// A pinentry program: a path, or a name in `PATH`.
        case pinentry(String)
        /// The terminal from which the daemon was started.
        case terminal

        /// As it is written: `pinpad`, `pinentry`, `pinentry:/usr/bin/pinentry-gnome3`, `terminal`.
        init?(_ text: String) {
            switch text {
            case "pinpad": self = .pinpad
            case "pinentry": self = .pinentry("pinentry")
            case "terminal": self = .terminal
            default:
                guard text.hasPrefix("pinentry:"), text.count > 9 else { return nil }
                self = .pinentry(String(text.dropFirst(9)))
            }
        }

        var description: String {
            switch self {
            case .pinpad: "pinpad"
            case .pinentry("pinentry"): "pinentry"
            case .pinentry(let program): "pinentry:\(program)"
            case .terminal: "terminal"
            }
        }
    }

    static let standard = PINEntryOrder(places: [.pinpad, .pinentry("pinentry"), .terminal])

    let places: [Place]

    private init(places: [Place]) { self.places = places }

    /// Takes them as they are written.
    ///
    /// - Throws: ``ServeConfigurationError``: none, an unknown one, one twice, a pinpad behind another place.
    init(_ texts: [String]) throws(ServeConfigurationError) {
        let member = "pinEntry"
        var places: [Place] = []
        for text in texts {
            guard let place = Place(text) else {
                throw .init(
                    .unsuitable, member, "\"\(text)\" is no place to enter a PIN", hint: "pinpad, pinentry, pinentry:PROGRAM, terminal")
            }
            guard !places.contains(place) else { throw .init(.unsuitable, member, "\"\(text)\" is there twice", hint: "name it once") }
            places.append(place)
        }
        guard !places.isEmpty else { throw .init(.unsuitable, member, "nobody could enter a PIN", hint: "name one place, or leave it out") }
        guard !places.dropFirst().contains(.pinpad) else {
            throw .init(.unsuitable, member, "a reader with keys asks on them first", hint: "put pinpad in front, or leave it out")
        }
        self.places = places
    }

    /// The same order as the options want it.
    func changed(by options: PINEntryOptions) -> PINEntryOrder {
        var places = places.filter { $0 != .pinpad || !options.noPinpad }
        if let program = options.pinentry { places = places.filter { $0 == .pinpad } + [.pinentry(program)] }
        return PINEntryOrder(places: places)
    }

    /// Whether a reader's own keys are used.
    var usesPinpad: Bool { places.contains(.pinpad) }

    /// The pinentry programs, in order.
    var programs: [String] { places.compactMap { if case .pinentry(let program) = $0 { program } else { nil } } }

    /// Who is asked on this machine; made for one operation.
    var holder: any Holder {
        HolderChain(
            holders: places.compactMap { place -> (any Holder)? in
                switch place {
                case .pinpad: nil
                case .pinentry(let program): PinentryHolder(program: program)
                case .terminal: TerminalHolder()
                }
            })
    }
}

/// Several holders of which the first one is asked that is there and can show the whole; whoever said no has said no.
struct HolderChain: Holder {
    let holders: [any Holder]

    func show(_ prompt: Prompt) async { await holders.first?.show(prompt) }

    func consent(to summary: Summary) async throws(HolderError) {
        var reason = HolderError.unavailable
        for holder in holders {
            do throws(HolderError) { return try await holder.consent(to: summary) } catch { try reason.pass(over: error) }
        }
        throw reason
    }

    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        var reason = HolderError.unavailable
        for holder in holders {
            do throws(HolderError) { return try await holder.pin(for: request) } catch { try reason.pass(over: error) }
        }
        throw reason
    }

    func permitsLastTry(_ request: PINRequest) async throws(HolderError) -> Bool {
        var reason = HolderError.unavailable
        for holder in holders {
            do throws(HolderError) { return try await holder.permitsLastTry(request) } catch { try reason.pass(over: error) }
        }
        return false
    }
}

extension HolderError {
    /// Goes on to the next one, unless this one has answered; why nobody could be asked is said by whoever was there.
    fileprivate mutating func pass(over error: HolderError) throws(HolderError) {
        switch error {
        case .unavailable: break
        case .tooLong: self = error
        case .declined, .cancelled, .timedOut: throw error
        }
    }
}
