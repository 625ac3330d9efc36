<?php
$groups = function (int $n): array {
    return array_map(fn ($i) => sprintf('group-%04d', $i), range(1, $n));
};
$config = [
    'people' => [
        'exampleauth:UserPass',
        'ann:secret' => ['uid' => ['u-1001'], 'email' => ['ann@example.com'], 'groups' => ['HR', 'Zürich']],
        'bob:secret' => ['uid' => ['u-1002'], 'email' => ['bob@example.com'], 'groups' => $groups(400)],
        'eve:secret' => ['uid' => ['u-1003'], 'email' => ['eve@example.com'], 'groups' => $groups(1200)],
    ],
];
