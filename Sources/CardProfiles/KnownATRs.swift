extension ATRCandidate {
    /// Every ATR that Tessera has heard of: those of the families in ``CardProfile/all``, each once.
    public static var all: [ATRCandidate] {
        CardProfile.all.flatMap(\.candidates).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
