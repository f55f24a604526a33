extension SecretPicture {
    /// What flies, swims, runs and crawls.
    static let animals = drawn(
        """
        = cat / chat
        mirror area orange 18,10 44,28 20,52
        mirror area pink 24,20 38,30 25,42
        oval orange 50 54 36 32
        mirror oval white 36 48 8 9
        mirror disc black 37 49 4
        area pink 45,60 55,60 50,66
        mirror bend black 2 50,66 46,73 38,72
        mirror line black 2 30,62 6,58
        mirror line black 2 30,67 8,72
        line black 3 50,24 50,34
        mirror line black 3 42,26 43,34

        = dog / chien
        oval tan 50 48 32 36
        mirror blob brown 28,16 14,22 6,46 12,68 24,62 28,40
        oval white 50 66 20 18
        mirror disc black 38 42 5
        oval black 50 58 9 6
        line black 3 50,62 50,72
        mirror bend black 3 50,72 44,78 37,74
        blob red 45,77 55,77 56,92 50,96 44,92

        = fish / poisson
        area orange 66,50 94,26 90,50 94,74
        area orange 34,30 52,12 60,34
        oval orange 42 50 36 24
        disc white 24 44 7
        disc black 23 44 3
        bend rust 3 38,34 44,50 38,66
        bend rust 3 54,40 58,50 54,60
        line rust 3 8,54 18,56

        = bird / oiseau
        area blue 70,52 96,38 92,62
        blob blue 12,36 20,20 38,18 50,34 74,48 78,62 60,78 36,76 22,62
        blob navy 42,48 66,46 84,30 72,62 54,68
        area gold 14,32 0,40 16,44
        disc white 28 32 5
        disc black 27 32 3
        line rust 3 46,76 46,92 38,94
        line rust 3 56,76 56,92 48,94

        = duck / canard
        blob gold 30,52 48,60 70,58 92,42 90,70 74,86 44,88 24,78 20,64
        disc gold 32 34 20
        area orange 16,34 0,40 2,46 18,46
        disc black 26 30 4
        bend orange 4 46,68 58,78 76,70
        bend blue 4 4,92 20,96 36,92 52,96 68,92 84,96 96,92

        = snail / escargot
        blob tan 6,90 8,82 18,78 18,54 28,52 34,60 40,76 90,80 96,90
        bend tan 3 22,56 18,44 12,38
        bend tan 3 28,55 32,44 36,38
        disc black 12 38 3
        disc black 36 38 3
        disc rust 62 56 27
        bend gold 5 44,66 46,42 66,34 82,50 74,70 58,68 56,54 66,52

        = butterfly / papillon
        mirror blob purple 48,46 34,20 14,10 6,28 12,46 30,54
        mirror blob pink 48,54 28,58 16,70 22,88 38,84 48,68
        mirror disc gold 24 32 8
        mirror disc gold 30 72 6
        mirror bend black 2 50,30 46,16 38,10
        oval black 50 54 4 26

        = ladybird / coccinelle
        mirror bend black 3 44,18 38,8 30,6
        disc black 50 26 16
        oval red 50 58 36 36
        line black 4 50,24 50,94
        mirror disc black 34 46 6
        mirror disc black 28 66 6
        mirror disc black 40 80 5
        mirror disc white 43 19 3

        = bee / abeille
        oval sky 44 26 14 20 -20
        oval sky 64 26 14 20 20
        area black 84,52 98,56 84,62
        oval gold 54 58 34 22
        line black 7 48,38 48,78
        line black 7 62,39 62,77
        line black 6 75,44 75,72
        disc black 24 56 14
        disc white 20 52 4
        bend black 3 18,46 12,36 6,36
        bend black 3 24,44 22,32 16,28

        = spider / araignée
        line grey 3 50,2 50,44
        mirror line black 4 50,52 26,34 10,44
        mirror line black 4 50,56 22,52 6,64
        mirror line black 4 50,62 24,68 12,86
        mirror line black 4 50,66 32,80 26,96
        disc black 50 66 18
        disc black 50 44 11
        mirror disc white 46 43 3

        = snake / serpent
        bend green 11 14,88 40,92 56,80 40,66 28,54 44,42 66,44 76,34 68,22
        oval green 62 19 14 9
        disc black 58 16 3
        line red 3 50,20 38,20 32,16
        line red 3 38,20 32,25
        disc forest 30 90 3
        disc forest 50 86 3
        disc forest 44 69 3
        disc forest 31 57 3
        disc forest 48 42 3
        disc forest 68 43 3

        = turtle / tortue
        oval green 88 46 11 9
        oval green 26 78 8 11
        oval green 68 78 8 11
        area green 12,62 2,76 20,72
        blob forest 8,70 14,42 32,26 50,22 66,28 80,46 84,70 46,76
        area tan 46,34 60,44 56,60 38,60 33,44
        line green 3 33,44 18,48
        line green 3 60,44 74,44
        line green 3 38,60 30,72
        line green 3 56,60 62,72
        line green 3 46,34 48,24
        disc black 91 43 3

        = owl / hibou
        mirror area brown 20,6 44,16 22,36
        oval brown 50 54 33 42
        oval tan 50 70 20 22
        mirror disc white 36 36 15
        mirror disc gold 36 36 11
        mirror disc black 37 36 6
        area orange 44,48 56,48 50,60
        mirror line brown 3 36,66 42,72
        mirror line brown 3 42,78 46,82
        mirror line orange 5 42,92 42,98

        = pig / cochon
        mirror area pink 16,12 40,18 22,40
        disc pink 50 54 38
        mirror disc black 34 44 5
        oval rose 50 64 18 13
        mirror oval brown 43 64 4 6
        bend brown 3 40,82 50,86 60,82

        = rabbit / lapin
        mirror oval grey 36 24 9 23 -8
        mirror oval pink 36 25 4 16 -8
        oval grey 50 64 28 30
        mirror disc black 39 56 4
        area pink 45,66 55,66 50,72
        line black 2 50,72 50,78
        area white 44,78 56,78 56,88 44,88
        line black 2 50,78 50,88
        mirror line black 2 36,70 12,66
        mirror line black 2 36,74 14,80

        = penguin / manchot
        mirror blob black 26,44 12,70 18,78 32,58
        oval black 50 52 30 44
        oval white 50 62 21 30
        mirror disc white 41 30 9
        mirror disc black 42 30 4
        area orange 42,38 58,38 50,48
        mirror oval orange 38 94 12 5

        = whale / baleine
        blob blue 4,60 10,40 34,30 58,40 74,56 84,40 76,24 88,28 96,18 98,34 92,56 80,78 54,88 20,84
        bend white 4 10,68 30,72 46,68
        disc white 22 54 5
        disc black 21 54 3
        bend sky 5 32,30 32,16 22,8
        bend sky 5 32,30 32,16 44,8

        = hedgehog / hérisson
        area brown 22,46 20,28 32,36 34,16 44,30 52,12 58,28 70,16 72,34 86,28 84,46 96,48 88,60 98,70 88,76 90,86 30,86
        blob tan 4,76 18,66 26,48 38,54 42,72 38,86 18,84
        disc black 5 75 5
        disc black 24 64 4
        line tan 6 40,86 40,94
        line tan 6 76,86 76,94

        = frog / grenouille
        mirror disc green 28 28 15
        oval green 50 56 40 32
        mirror disc white 28 26 10
        mirror disc black 29 27 5
        bend forest 4 22,60 36,72 50,75 64,72 78,60
        mirror disc forest 46 48 2

        = elephant / éléphant
        mirror oval grey 22 40 20 28
        mirror oval pink 22 42 11 18
        disc slate 50 42 25
        bend slate 13 50,54 50,74 54,88 66,90
        mirror area white 34,60 42,64 34,82
        mirror disc black 40 38 4
        """)
}
