extension SecretPicture {
    /// What is eaten and drunk.
    static let food = drawn(
        """
        = apple / pomme
        bend brown 5 50,30 51,18 58,8
        blob green 56,18 66,6 84,8 76,22 64,24
        blob red 50,30 66,24 84,34 86,56 74,82 60,92 50,88 40,92 26,82 14,56 16,34 34,24
        bend white 4 26,44 24,56 29,66

        = pear / poire
        bend brown 5 50,18 51,10 58,4
        blob lime 50,14 60,20 64,40 78,58 78,80 64,94 50,95 36,94 22,80 22,58 36,40 40,20
        bend white 4 32,62 30,72 36,82

        = banana / banane
        blob gold 12,18 20,16 26,40 46,62 72,70 92,64 94,72 76,86 48,88 24,72 12,44
        line brown 6 14,18 18,12
        bend orange 3 18,34 30,60 52,76 80,76
        disc brown 93 68 4

        = strawberry / fraise
        blob red 50,26 72,22 86,36 80,60 62,84 50,94 38,84 20,60 14,36 28,22
        mirror oval green 38 22 14 6 25
        oval green 50 18 5 14
        mirror oval gold 34 42 2 4
        oval gold 50 40 2 4
        mirror oval gold 42 56 2 4
        mirror oval gold 66 56 2 4
        oval gold 50 72 2 4

        = carrot / carotte
        bend green 6 62,34 66,18 60,6
        bend green 6 64,34 76,20 80,8
        bend green 6 66,36 82,34 94,24
        blob orange 56,32 70,32 70,46 44,72 12,94 8,90 30,58
        line rust 3 50,44 58,50
        line rust 3 40,58 46,62
        line rust 3 28,70 34,76

        = grapes / raisin
        line brown 5 50,6 50,30
        blob green 50,16 62,4 84,6 80,20 64,26
        disc purple 26 36 12
        disc purple 50 34 12
        disc purple 74 36 12
        disc plum 38 52 12
        disc plum 62 52 12
        disc purple 50 70 12
        disc purple 27 54 8
        disc purple 73 54 8
        disc plum 50 86 9
        disc pink 46 30 3
        disc pink 34 48 3
        disc pink 46 66 3

        = watermelon / pastèque
        blob forest 4,38 96,38 88,66 70,84 50,89 30,84 12,66
        blob lime 10,38 90,38 82,62 68,77 50,81 32,77 18,62
        blob red 16,38 84,38 77,59 65,71 50,74 35,71 23,59
        area red 8,34 92,34 84,46 16,46
        oval black 34 50 2 4
        oval black 50 48 2 4
        oval black 66 50 2 4
        oval black 42 62 2 4
        oval black 58 62 2 4

        = pineapple / ananas
        blob green 50,34 40,18 44,4 50,16 56,4 60,18
        blob green 48,36 30,26 24,12 40,20
        blob green 52,36 70,26 76,12 60,20
        oval gold 50 64 25 31
        line rust 3 32,48 64,86
        line rust 3 44,38 74,68
        line rust 3 28,64 52,92
        line rust 3 68,48 36,86
        line rust 3 56,38 26,68
        line rust 3 72,64 48,92

        = ice cream / glace
        area tan 26,48 74,48 50,97
        line brown 2 36,50 56,82
        line brown 2 50,50 62,70
        line brown 2 64,50 44,82
        line brown 2 50,50 38,70
        disc pink 36 38 18
        disc cream 64 38 18
        disc rust 50 24 18

        = cake / gâteau
        area brown 12,56 88,56 88,90 12,90
        blob pink 10,44 50,40 90,44 90,62 80,70 72,60 62,72 50,60 38,72 28,60 18,70 10,62
        line sky 6 30,42 30,22
        line gold 6 50,40 50,20
        line lime 6 70,42 70,22
        oval orange 30 14 4 7
        oval orange 50 12 4 7
        oval orange 70 14 4 7

        = fried egg / œuf au plat
        blob white 30,14 56,10 72,24 90,34 92,58 80,78 62,90 42,84 20,86 8,64 12,40
        disc gold 50 50 20
        bend white 4 40,44 44,39 50,37

        = cheese / fromage
        area gold 4,54 66,16 96,54
        area orange 4,54 96,54 96,86 4,86
        disc rust 26 68 7
        disc rust 54 76 6
        disc rust 78 66 8
        oval rust 62 40 8 5

        = cup / tasse
        bend blue 7 70,46 92,44 90,66 68,72
        blob blue 14,38 74,38 74,66 66,84 44,88 22,84 14,66
        oval brown 44 40 27 6
        bend grey 4 34,28 28,20 38,14 32,4
        bend grey 4 54,28 48,20 58,14 52,4
        oval sky 44 92 40 4

        = bottle / bouteille
        area forest 42,10 58,10 58,34 70,48 70,94 30,94 30,48 42,34
        area cream 30,56 70,56 70,80 30,80
        area brown 42,4 58,4 58,12 42,12
        disc purple 50 68 7
        """)
}
