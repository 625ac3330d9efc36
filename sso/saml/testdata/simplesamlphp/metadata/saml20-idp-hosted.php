<?php
// The file stage says where the provider is in changing its key: old, announce or new.
$stage = trim(file_get_contents(getenv('USHER_IDP_DIR') . '/stage'));
$idp = [
    'host' => '__DEFAULT__',
    'auth' => 'people',
    'privatekey' => $stage === 'new' ? 'next.key' : 'idp.key',
    'certificate' => $stage === 'new' ? 'next.crt' : 'idp.crt',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    'sign.logout' => true,
    'redirect.sign' => true,
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    'authproc' => [
        3 => ['class' => 'saml:AttributeNameID', 'attribute' => 'uid', 'Format' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    ],
];
if ($stage === 'announce') {
    $idp['new_privatekey'] = 'next.key';
    $idp['new_certificate'] = 'next.crt';
}
$metadata['https://idp.example/metadata'] = $idp;
