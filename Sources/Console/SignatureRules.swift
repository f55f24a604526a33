extension Console {
    /// Who signs for the demo's business account, as the bank's side reads rules: one person up to EUR 10,000, two above.
    ///
    /// A list in JSON, for `SignatureRules(json:)`.
    public static let signatureRules = #"""
        [
          {"name": "R-1", "account": "LU360029152460050000", "band": {"currency": "EUR", "above": "0", "upTo": "10000.00"}, "signatures": 1,
           "signers": [{"subscriber": "anna", "role": "Director"}, {"subscriber": "ben", "role": "Accountant"}], "atLeast": []},
          {"name": "R-2", "account": "LU360029152460050000", "band": {"currency": "EUR", "above": "10000.00"}, "signatures": 2,
           "signers": [{"subscriber": "anna", "role": "Director"}, {"subscriber": "ben", "role": "Accountant"}], "atLeast": []}
        ]
        """#
}
